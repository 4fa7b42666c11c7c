import type { ChannelChange, ChannelView } from '#liaison/client';
import type { ChannelProfile } from '#liaison/protocol';
import { canonicalJson } from '#liaison/protocol';
import { safeText, wrap } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn, shortMomentIn } from '../terminal/time-text.js';
import type { Answer } from './answer.js';
import { channelJson, channelName } from './channel-answer.js';
import { troubleJson, troubleLines, type TroubledChannel } from './trouble-text.js';

export interface ChannelPage extends TroubledChannel {
  readonly changes: readonly ChannelChange[];
}

/** The rules of a channel, how it stands, and what became of it. */
export function channelPage(page: ChannelPage, timeZone: string, terminal: Terminal): Answer {
  const { channel, changes } = page;
  return {
    json: {
      channel: {
        ...channelJson(channel),
        roles: channel.profile.roles,
        reviewDays: channel.profile.retention.reviewDays,
        fourEyes: channel.profile.fourEyes ?? null,
        history: channel.profile.history ?? null,
        custody: channel.profile.custody,
      },
      ...troubleJson(page),
      changes: changes.map(changeJson),
    },
    lines: () => [
      terminal.palette.bold(channelName(channel)),
      ...(channel.profile.exercise ? [terminal.palette.yellow('EXERCISE: nothing in it is real.')] : []),
      ...ruleLines(channel),
      ...leavingLines(channel, timeZone, terminal),
      ...closingLines(page, timeZone, terminal),
      ...troubleLines(page, { timeZone, name: channel.id.slice(0, 13) }, terminal),
      '',
      'What was changed since this device came in:',
      ...changeLines(changes, timeZone, terminal.columns),
    ],
  };
}

function changeJson({ seq, at, by, purpose, added, removed, rules }: ChannelChange) {
  const reason = purpose ?? null;
  return { seq, at, by, reason, added, removed, rules: rules === undefined ? null : rulesChanged(rules) };
}

function ruleLines({ id, epoch, profile, epochAuthenticator }: ChannelView): string[] {
  const { roles, retention, fourEyes, history } = profile;
  return [
    `id        ${id}`,
    `kind      ${profile.kind}, up to ${profile.ceiling}`,
    ...profile.releasableTo.map((point) => `${point.padEnd(9)} ${(roles[point] ?? []).join(', ') || 'no role'}`),
    `retention reviewed after ${retention.reviewDays} days`,
    `history   ${history?.rule ?? 'from-join'} for those who join later`,
    ...(fourEyes === undefined ? [] : [`four eyes ${Object.values(fourEyes).join(', ')} and above`]),
    `epoch     ${epoch}, to compare by telephone: ${epochAuthenticator.slice(0, 12)}`,
  ];
}

function leavingLines({ left, leaving }: ChannelView, timeZone: string, { palette }: Terminal): string[] {
  const gone = left ?? leaving;
  if (gone === undefined) return [];
  const why = gone.reason === undefined ? '' : `: ${safeText(gone.reason)}`;
  const what =
    left === undefined ? 'LEAVING: it is not done yet. "liaison sync"' : `You LEFT ${momentIn(gone.at, timeZone)}`;
  return [palette.yellow(`${what}${why}`)];
}

function closingLines({ channel, changes }: ChannelPage, timeZone: string, { palette }: Terminal): string[] {
  if (channel.profile.closed !== true) return [];
  const closing = changes.findLast(({ rules }) => rules?.after.closed === true && rules.before.closed !== true);
  const archived =
    channel.archived === undefined ? [] : [`archived here since ${momentIn(channel.archived, timeZone)}`];
  if (closing === undefined) return [palette.yellow('CLOSED: nobody posts in it any more.'), ...archived];
  const { at, by, purpose } = closing;
  const why = purpose === undefined ? '' : `: ${safeText(purpose)}`;
  return [palette.yellow(`CLOSED by ${by}, ${momentIn(at, timeZone)}${why}`), ...archived];
}

function changeLines(changes: readonly ChannelChange[], timeZone: string, columns: number): string[] {
  if (changes.length === 0) return ['  nothing'];
  return changes.flatMap((change) => {
    const why = change.purpose === undefined ? '' : `: ${safeText(change.purpose)}`;
    const text = `${shortMomentIn(change.at, timeZone)}  ${change.by} ${whatChanged(change).join('; ')}${why}`;
    return wrap(text, columns - 2).map((each, index) => (index === 0 ? '  ' : '      ') + each);
  });
}

function whatChanged({ seq, added, removed, rules }: ChannelChange): string[] {
  if (seq === 0) return ['made it'];
  const gone = removed.map(({ device, byRule, because, left }) =>
    left !== undefined
      ? `carried out that ${device} left${left.reason === undefined ? '' : ` (${safeText(left.reason)})`}`
      : byRule
        ? `removed ${device} by rule${because === undefined ? '' : ` (${safeText(because)})`}`
        : `removed ${device}`,
  );
  const changed =
    rules === undefined ? [] : Object.entries(rulesChanged(rules)).map(([name, text]) => `${name}: ${text}`);
  return [...(added.length === 0 ? [] : [`added ${added.join(', ')}`]), ...gone, ...changed];
}

/** What is another now, by name. */
function rulesChanged({ before, after }: NonNullable<ChannelChange['rules']>): Record<string, string> {
  const [was, is] = [flat(before), flat(after)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const changed = names.filter((name) => was[name] !== is[name]);
  return Object.fromEntries(changed.map((name) => [name, `${was[name] ?? 'none'} → ${is[name] ?? 'none'}`]));
}

/** Each rule as text; what each contact point may do is one of its own. */
function flat({ roles, releasableTo, ...rules }: ChannelProfile): Record<string, string> {
  const others = Object.entries(rules).map(([name, value]) => [name, textOf(value)]);
  const held = Object.entries(roles).map(([point, names]) => [`roles of ${point}`, names.join(', ') || 'none']);
  return Object.fromEntries([...others, ['contact points', releasableTo.join(', ')], ...held]) as Record<
    string,
    string
  >;
}

function textOf(value: ChannelProfile[keyof ChannelProfile]): string {
  if (value === undefined) return 'none';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return value === true ? 'yes' : canonicalJson(value);
}
