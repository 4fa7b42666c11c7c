import type { ChannelView, Departure, LedBack } from '#liaison/client';
import type { ContactPointId } from '#liaison/protocol';
import { shortIds } from '../desk/short-ids.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Answer } from './answer.js';
import { troubleJson, troubleLines, type TroubledChannel } from './trouble-text.js';

export interface ChannelJson {
  readonly id: string;
  readonly title: string | null;
  readonly kind: string;
  readonly ceiling: string;
  readonly contactPoints: readonly string[];
  readonly legalBasis: string | null;
  readonly caseNumber: string | null;
  readonly exercise: boolean;
  readonly closed: boolean;
  /** RFC 3339: since when it is out of this device's everyday lists. */
  readonly archived: string | null;
  readonly epoch: number;
  readonly seq: number;
  readonly membership: string;
  /** When and why this device left of its own accord. */
  readonly left: Departure | null;
  readonly standing: string;
  /** With `in-dispute`: it was out and is in again, and nobody has settled yet that it is the same channel. */
  readonly ledBack: LedBack | null;
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
    closed: profile.closed === true,
    archived: channel.archived ?? null,
    epoch,
    seq,
    membership,
    left: channel.left ?? null,
    standing,
    ledBack: channel.ledBack ?? null,
    historyConfirmed,
    epochAuthenticator,
  };
}

/** A channel in a list. */
export interface ListedChannel extends TroubledChannel {
  /** Contact points with a device in it. */
  readonly present: readonly ContactPointId[];
}

export function channelsAnswer(listed: readonly ListedChannel[], timeZone: string, terminal: Terminal): Answer {
  return {
    json: {
      channels: listed.map((each) => ({
        ...channelJson(each.channel),
        present: each.present,
        broken: troubleJson(each).broken,
      })),
    },
    lines: () =>
      listed.length === 0
        ? ['You are a member of no channel yet. "liaison channel create --with <contact points>" makes one.']
        : [...channelTable(listed, terminal), ...listed.flatMap((each) => brokenLines(each, timeZone, terminal))],
  };
}

/** Nothing of a channel in good standing. */
export function brokenLines(listed: TroubledChannel, timeZone: string, terminal: Terminal): string[] {
  const { channel } = listed;
  const lines = troubleLines(listed, { timeZone, name: channel.id.slice(0, 13) }, terminal);
  return lines.length === 0 ? [] : ['', terminal.palette.bold(channelName(channel)), ...lines];
}

const COLUMNS = [
  { title: 'ID' },
  { title: 'KIND' },
  { title: 'CEILING' },
  { title: 'WITH' },
  { title: 'TITLE', flexible: true },
  { title: 'STANDING' },
];

function channelTable(listed: readonly ListedChannel[], terminal: Terminal): string[] {
  const short = shortIds(listed.map(({ channel }) => channel.id));
  const rows = listed.map(({ channel, present }) => [
    { text: short.get(channel.id) ?? channel.id, style: terminal.palette.cyan },
    { text: channel.profile.kind + (channel.profile.exercise ? ' (EXERCISE)' : '') },
    { text: channel.profile.ceiling },
    { text: withText(present) },
    { text: channel.title === undefined ? '(no title yet)' : safeText(channel.title) },
    { text: standingText(channel), style: channel.standing === 'good' ? terminal.palette.dim : terminal.palette.red },
  ]);
  return table(COLUMNS, rows, terminal.columns);
}

const MANY = 6;

function withText(present: readonly ContactPointId[]): string {
  return present.length > MANY ? `${present.length} contact points` : [...present].sort().join(',');
}

function standingText({ standing, membership, profile, archived, leaving, left }: ChannelView): string {
  if (left !== undefined) return `you left ${left.at.slice(0, 10)}`;
  if (membership === 'member' && leaving !== undefined) return 'leaving: sync';
  if (membership === 'removed') return 'you were removed';
  if (membership === 'lost') return 'keys lost: rejoin';
  if (standing !== 'good') return standing.replace('-', ' ');
  if (archived !== undefined) return 'archived';
  return profile.closed === true ? 'closed' : 'good';
}

/** The channel's name for a line of text. */
export function channelName({ title, id }: Pick<ChannelView, 'title' | 'id'>): string {
  return title === undefined ? `channel ${id.slice(0, 13)}` : safeText(title);
}
