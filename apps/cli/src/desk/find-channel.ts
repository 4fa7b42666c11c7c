import type { ChannelView, LiaisonClient } from '#liaison/client';
import { ContactPointId, LiaisonError } from '#liaison/protocol';
import type { Desk } from './open-desk.js';
import { idByPrefix } from './short-ids.js';

/** How the command line lets an officer name a channel. */
export interface ChannelChoice {
  /** Id, first characters of it, or title. */
  readonly channel?: string;
  /** Contact points, separated by commas, or `community`. */
  readonly to?: string;
}

/** @throws LiaisonError `usage` where no channel or more than one is meant, `not-found` where there is none. */
export async function findChannel(desk: Desk, choice: ChannelChoice): Promise<ChannelView> {
  const channels = (await desk.client.channels()).filter(({ membership }) => membership !== 'removed');
  if (choice.channel !== undefined) return channelByName(channels, choice.channel);
  if (choice.to !== undefined) return channelByMembers(desk, channels, choice.to);
  throw new LiaisonError('usage', 'Which channel? Name it: --channel <id or title>, or --to <contact points>.');
}

/** The channels that an officer may mean: the one that is named, removed or not, or all. */
export async function channelsMeant({ client }: Desk, name: string | undefined): Promise<readonly ChannelView[]> {
  const channels = await client.channels();
  return name === undefined ? channels : [channelByName(channels, name)];
}

/** A title wins over an id; letter case and parts of titles do, where only one fits. */
function channelByName(channels: readonly ChannelView[], name: string): ChannelView {
  const folded = name.toLowerCase();
  const titled = (fits: (title: string) => boolean) =>
    channels.filter(({ title }) => title !== undefined && fits(title.toLowerCase()));
  for (const found of [titled((title) => title === folded), titled((title) => title.includes(folded))]) {
    if (found.length > 1) throw severalChannels(found);
    const [only] = found;
    if (only !== undefined) return only;
  }
  const id = idByPrefix(
    channels.map((channel) => channel.id),
    name,
    'channel',
  );
  return channels.find((channel) => channel.id === id) as ChannelView;
}

/** The channel whose members are exactly these and the own contact point. */
async function channelByMembers(desk: Desk, channels: readonly ChannelView[], to: string): Promise<ChannelView> {
  const found = await channelsWithMembers(desk.client, channels, membersOf(to, desk.me));
  if (found.length > 1) throw severalChannels(found);
  const [only] = found;
  if (only !== undefined) return only;
  throw new LiaisonError(
    'not-found',
    `You share no channel with exactly ${to}. "liaison channels" lists yours; "liaison channel create --with ${to}" makes one.`,
  );
}

/** @returns the sorted ids, the own among them. @throws LiaisonError `usage` for what is no contact point. */
export function membersOf(to: string, me: ContactPointId): ContactPointId[] | 'community' {
  const names = to.split(',').map((name) => name.trim().toLowerCase());
  if (names.length === 1 && names[0] === 'community') return 'community';
  return [...new Set([me, ...names.map(contactPointNamed)])].sort();
}

function contactPointNamed(name: string): ContactPointId {
  const parsed = ContactPointId.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('usage', `This is no contact point: ${JSON.stringify(name)}. Write for example --to hu,mk.`);
}

/** Channels whose member devices belong to exactly these contact points; `community`: the community's own. */
async function channelsWithMembers(
  client: Pick<LiaisonClient, 'members'>,
  channels: readonly ChannelView[],
  wanted: readonly ContactPointId[] | 'community',
): Promise<ChannelView[]> {
  if (wanted === 'community') return channels.filter(({ profile }) => profile.kind === 'community');
  const key = [...wanted].sort().join(',');
  const found: ChannelView[] = [];
  for (const channel of channels) {
    const members = await client.members(channel.id);
    const present = [...new Set(members.map(({ contactPoint }) => contactPoint))].sort();
    if (present.join(',') === key) found.push(channel);
  }
  return found;
}

function severalChannels(found: readonly ChannelView[]): LiaisonError {
  const list = found.map(({ id, title, profile }) => `${id.slice(0, 13)}… ${title ?? '(no title)'} (${profile.kind})`);
  return new LiaisonError('usage', `Several channels fit; name one with --channel: ${list.join('; ')}.`);
}
