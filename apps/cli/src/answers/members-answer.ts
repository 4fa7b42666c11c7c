import type { ChannelMember, ChannelView, Departure, PastMember } from '#liaison/client';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { shortMomentIn } from '../terminal/time-text.js';
import type { Answer } from './answer.js';
import { channelName } from './channel-answer.js';
import { troubleJson, troubleLines, type TroubledChannel } from './trouble-text.js';

/** How far a device says it has got. The hub's word. */
interface LastSeen {
  readonly seq: number;
  readonly at: string;
}

export interface MembersPage extends TroubledChannel {
  readonly members: readonly ChannelMember[];
  readonly past: readonly PastMember[];
  /** By device; absent where the hub could not be asked. */
  readonly seen: ReadonlyMap<string, LastSeen>;
}

export function membersAnswer(page: MembersPage, timeZone: string, terminal: Terminal): Answer {
  const { channel, members, past, seen } = page;
  return {
    json: {
      channel: channel.id,
      exercise: channel.profile.exercise,
      closed: channel.profile.closed === true,
      ...troubleJson(page),
      members: members.map((member) => memberJson(member, seen.get(member.device))),
      past: past.map(pastJson),
    },
    lines: () => [
      terminal.palette.bold(channelName(channel)),
      ...(channel.profile.exercise ? [terminal.palette.yellow('EXERCISE: nothing in it is real.')] : []),
      ...troubleLines(page, { timeZone, name: channel.id.slice(0, 13) }, terminal),
      ...memberTable(page, timeZone, terminal),
      ...pastLines(past, timeZone),
    ],
  };
}

function memberJson({ since, flags, compromised, ...member }: ChannelMember, seen: LastSeen | undefined) {
  return {
    ...member,
    flags: flagsOf({ flags, compromised }),
    since: since === undefined ? null : { at: since.at, seq: since.seq, by: since.by, reason: since.purpose ?? null },
    lastSeen: seen ?? null,
  };
}

function pastJson({ device, at, seq, by, purpose, byRule, because, left }: PastMember) {
  const reason = left === undefined ? (purpose ?? because) : left.reason;
  return { device, at, seq, by, byRule, left: left?.at ?? null, reason: reason ?? null };
}

function flagsOf({ flags, compromised }: Pick<ChannelMember, 'flags' | 'compromised'>): string[] {
  return [...flags, ...(compromised ? ['compromised'] : [])];
}

const COLUMNS = [
  { title: 'DEVICE' },
  { title: 'CLEARED FOR' },
  { title: 'DUTIES' },
  { title: 'MAY' },
  { title: 'CERTIFICATE UNTIL' },
  { title: 'SINCE (LOCAL)' },
  { title: 'ADDED BY' },
  { title: 'GOT TO' },
  { title: 'NOTE', flexible: true },
];

function memberTable({ members, seen }: MembersPage, timeZone: string, { palette, columns }: Terminal): string[] {
  const rows = members.map((member) => {
    const got = seen.get(member.device);
    return [
      { text: member.device },
      { text: member.clearance },
      { text: member.duties.join(',') },
      { text: member.roles.join(',') },
      { text: member.certificateNotAfter.slice(0, 10) },
      // Whoever was there before this device has no beginning that it saw.
      { text: member.since === undefined ? 'before you' : shortMomentIn(member.since.at, timeZone) },
      { text: member.since?.by ?? '-' },
      { text: got === undefined ? '-' : `no. ${got.seq}` },
      { text: [...(member.self ? ['you'] : []), ...flagsOf(member)].join(', '), style: palette.yellow },
    ];
  });
  return table(COLUMNS, rows, columns);
}

function pastLines(past: readonly PastMember[], timeZone: string): string[] {
  if (past.length === 0) return [];
  const lines = past.map(({ device, at, by, byRule, purpose, because, left }) => {
    if (left !== undefined) return `  ${device}  ${departureText(left, at, timeZone)}`;
    const why = purpose ?? because;
    const how = byRule ? `by rule, carried out by ${by}` : `by ${by}`;
    return `  ${device}  ${shortMomentIn(at, timeZone)}, ${how}${why === undefined ? '' : `: ${safeText(why)}`}`;
  });
  return ['', 'No longer there:', ...lines];
}

/** When it left is its own word; when it was out of the group is not. */
function departureText({ at, reason }: Departure, out: string, timeZone: string): string {
  const when = `left ${shortMomentIn(at, timeZone)}, as it says; out ${shortMomentIn(out, timeZone)}`;
  return `${when}${reason === undefined ? '' : `: ${safeText(reason)}`}`;
}

/** What is said before somebody is put out. */
export function removalConsequences(channel: ChannelView, devices: readonly string[]): string[] {
  return [
    `${channelName(channel)}: ${devices.join(', ')} will read nothing that is sent from then on.`,
    'What was read there stays there. Every member sees who was removed, by whom and why.',
  ];
}
