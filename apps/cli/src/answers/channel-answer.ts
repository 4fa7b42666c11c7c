import type { ChannelView } from '#liaison/client';
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

export function channelsAnswer(channels: readonly ChannelView[], terminal: Terminal): Answer {
  return {
    json: { channels: channels.map(channelJson) },
    lines: () =>
      channels.length === 0
        ? ['You are a member of no channel yet. "liaison channel create --with <contact points>" makes one.']
        : channelTable(channels, terminal),
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

function channelTable(channels: readonly ChannelView[], terminal: Terminal): string[] {
  const short = shortIds(channels.map(({ id }) => id));
  const rows = channels.map((channel) => [
    { text: short.get(channel.id) ?? channel.id, style: terminal.palette.cyan },
    { text: channel.profile.kind + (channel.profile.exercise ? ' (exercise)' : '') },
    { text: channel.profile.ceiling },
    { text: withText(channel) },
    { text: channel.title === undefined ? '(no title yet)' : safeText(channel.title) },
    { text: standingText(channel), style: channel.standing === 'good' ? terminal.palette.dim : terminal.palette.red },
  ]);
  return table(COLUMNS, rows, terminal.columns);
}

const MANY = 6;

function withText({ profile }: ChannelView): string {
  const { releasableTo } = profile;
  return releasableTo.length > MANY ? `${releasableTo.length} contact points` : releasableTo.join(',');
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
