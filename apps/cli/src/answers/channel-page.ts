import type { ChannelChange, ChannelView } from '#liaison/client';
import { safeText, wrap } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn, shortMomentIn } from '../terminal/time-text.js';
import type { Answer } from './answer.js';
import { channelJson, channelName } from './channel-answer.js';
import { daysText, fourEyesText, historyText, rulesChanged, rulesChangedText } from './rules-text.js';
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
  const { roles, retention, custody, fourEyes, history } = profile;
  return [
    `id        ${id}`,
    `kind      ${profile.kind}, up to ${profile.ceiling}`,
    ...profile.releasableTo.map((point) => `${point.padEnd(9)} ${(roles[point] ?? []).join(', ') || 'no role'}`),
    `retention reviewed after ${daysText(retention.reviewDays)}`,
    `custody   ${CUSTODY[custody]}`,
    `history   ${historyText(history)} for those who join later`,
    ...(fourEyes === undefined ? [] : [`four eyes ${fourEyesText(fourEyes)}`]),
    `epoch     ${epoch}, to compare by telephone: ${epochAuthenticator.slice(0, 12)}`,
  ];
}

const CUSTODY = {
  required: 'required: nothing in it is ever erased by retention',
  none: 'none: what its review decides is erased',
} as const;

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
  const changed = rules === undefined ? [] : rulesChangedText(rules);
  return [...(added.length === 0 ? [] : [`added ${added.join(', ')}`]), ...gone, ...changed];
}
