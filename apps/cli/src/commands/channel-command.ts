import type { Command } from 'commander';
import type { ChannelView } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
import type { Answer } from '../answers/answer.js';
import { channelPage } from '../answers/channel-page.js';
import { channelsMeant } from '../desk/find-channel.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { answerAtDesk, type Setting } from './setting.js';

/** What commands have that change a channel for all who are in it. */
export interface ActOptions extends GlobalOptions {
  readonly reason?: string;
  readonly yes?: boolean;
}

export const CHANNEL_ARGUMENT = ['<channel>', 'its id, the first characters of it, or its title'] as const;

export function withReason(command: Command): Command {
  return command
    .option('--reason <text>', 'why: every member and the log of the hub keep it in clear, so no names and no content')
    .option('--yes', 'do not ask');
}

/** @throws LiaisonError `usage`: where nobody said why. */
export function reasonOf({ reason }: Pick<ActOptions, 'reason'>): string {
  if (reason !== undefined && reason.trim() !== '') return reason.trim();
  throw new LiaisonError('usage', 'Say why: --reason "...". Every member is told, and the log keeps it.');
}

/** The channel that is named, as it is after one round with the hub. */
export async function channelNamed(desk: Desk, name: string, { host }: Setting): Promise<ChannelView> {
  await syncOrRemark(desk, host.terminal.remark);
  const [channel] = await channelsMeant(desk, name);
  if (channel === undefined) throw new LiaisonError('not-found', 'This device knows no such channel.');
  return channel;
}

/** How a channel is after something was done to it. */
export async function shownChannel(desk: Desk, channel: ChannelView, { host }: Setting): Promise<Answer> {
  const { life } = desk.client;
  const page = { channel, troubles: await life.troubles(channel.id), changes: await life.changes(channel.id) };
  return channelPage(page, desk.timeZone, host.terminal);
}

export interface ChannelAct<Options extends ActOptions> {
  /** What is typed to agree. */
  readonly word: string;
  readonly consequences: (channel: ChannelView, options: Options, desk: Desk) => readonly string[];
  readonly act: (desk: Desk, channel: ChannelView, options: Options) => Promise<ChannelView>;
}

/** Tells the consequences, asks, acts, and shows how the channel is then. */
export function actOnChannel<Options extends ActOptions>(
  setting: Setting,
  name: string,
  options: Options,
  { word, consequences, act }: ChannelAct<Options>,
): Promise<void> {
  return answerAtDesk(setting, options, async (desk) => {
    const channel = await channelNamed(desk, name, setting);
    await confirm(setting.host, { word, lines: consequences(channel, options, desk) }, options.yes);
    return shownChannel(desk, await act(desk, channel, options), setting);
  });
}
