import type { ChannelView } from '#liaison/client';
import type { ChannelId, ContactPointId } from '#liaison/protocol';
import { shortIds } from '../desk/short-ids.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Answer } from './answer.js';

export interface ChannelJson {
  readonly id: string;
  readonly title: string | null;
  readonly kind: string;
  readonly ceiling: string;
  readonly contactPoints: readonly string[];
  readonly legalBasis: string | null;
  readonly caseNumber: string | null;
  readonly exercise: boolean;
  readonly epoch: number;
  readonly seq: number;
  readonly membership: string;
  readonly standing: string;
  readonly historyConfirmed: boolean;
  readonly epochAuthenticator: string;
}

export function channelJson(channel: ChannelView): ChannelJson {
  const { id, title, legalBasis, caseNumber, profile, epoch, seq } = channel;
  const { membership, standing, historyConfirmed, epochAuthenticator } = channel;
  return {
    id,
    title: title ?? null,
    kind: profile.kind,
    ceiling: profile.ceiling,
    contactPoints: [...profile.releasableTo],
    legalBasis: legalBasis ?? null,
    caseNumber: caseNumber ?? null,
    exercise: profile.exercise,
    epoch,
    seq,
    membership,
    standing,
    historyConfirmed,
    epochAuthenticator,
  };
}

/** Contact points with a device in the channel, by channel. */
type Present = ReadonlyMap<ChannelId, readonly ContactPointId[]>;

export function channelsAnswer(channels: readonly ChannelView[], present: Present, terminal: Terminal): Answer {
  return {
    json: {
      channels: channels.map((channel) => ({ ...channelJson(channel), present: present.get(channel.id) ?? [] })),
    },
    lines: () =>
      channels.length === 0
        ? ['You are a member of no channel yet. "liaison channel create --with <contact points>" makes one.']
        : channelTable(channels, present, terminal),
  };
}

const COLUMNS = [
  { title: 'ID' },
  { title: 'KIND' },
  { title: 'CEILING' },
  { title: 'WITH' },
  { title: 'TITLE', flexible: true },
  { title: 'STANDING' },
];

function channelTable(channels: readonly ChannelView[], present: Present, terminal: Terminal): string[] {
  const short = shortIds(channels.map(({ id }) => id));
  const rows = channels.map((channel) => [
    { text: short.get(channel.id) ?? channel.id, style: terminal.palette.cyan },
    { text: channel.profile.kind + (channel.profile.exercise ? ' (exercise)' : '') },
    { text: channel.profile.ceiling },
    { text: withText(present.get(channel.id) ?? []) },
    { text: channel.title === undefined ? '(no title yet)' : safeText(channel.title) },
    { text: standingText(channel), style: channel.standing === 'good' ? terminal.palette.dim : terminal.palette.red },
  ]);
  return table(COLUMNS, rows, terminal.columns);
}

const MANY = 6;

function withText(present: readonly ContactPointId[]): string {
  return present.length > MANY ? `${present.length} contact points` : [...present].sort().join(',');
}

function standingText({ standing, membership }: ChannelView): string {
  if (membership === 'removed') return 'you were removed';
  if (membership === 'lost') return 'keys lost: rejoin';
  return standing === 'good' ? 'good' : standing.replace('-', ' ');
}

/** The channel's name for a line of text. */
export function channelName({ title, id }: Pick<ChannelView, 'title' | 'id'>): string {
  return title === undefined ? `channel ${id.slice(0, 13)}` : safeText(title);
}
