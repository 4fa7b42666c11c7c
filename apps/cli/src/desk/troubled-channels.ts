import type { ChannelView } from '#liaison/client';
import type { TroubledChannel } from '../answers/trouble-text.js';
import type { Desk } from './open-desk.js';

/** Those of the channels that are in dispute or halted, with what was broken in them. */
export async function troubledAmong({ client }: Desk, channels: readonly ChannelView[]): Promise<TroubledChannel[]> {
  const troubled = channels.filter(({ standing }) => standing !== 'good');
  return Promise.all(troubled.map(async (channel) => ({ channel, troubles: await client.life.troubles(channel.id) })));
}
