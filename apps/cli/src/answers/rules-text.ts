import type { ChannelChange } from '#liaison/client';
import type { ChannelProfile } from '#liaison/protocol';

/** What a commit made another in the rules, each in words. */
export function rulesChangedText(rules: NonNullable<ChannelChange['rules']>): string[] {
  return Object.entries(rulesChanged(rules)).map(([name, text]) => (name === 'closed' ? text : `${name}: ${text}`));
}

/** The same by name of the rule. */
export function rulesChanged({ before, after }: NonNullable<ChannelChange['rules']>): Record<string, string> {
  const [was, is] = [inWords(before), inWords(after)];
  const changed = Object.keys({ ...was, ...is }).filter((name) => was[name] !== is[name]);
  const texts = changed.map((name) => [name, `${was[name] ?? 'none'} → ${is[name] ?? 'none'}`] as const);
  return {
    ...Object.fromEntries(texts),
    ...(before.closed !== after.closed && { closed: after.closed === true ? 'closed it' : 'reopened it' }),
  };
}

/** Each rule that can change; what each contact point may do is one of its own. */
function inWords({
  ceiling,
  retention,
  fourEyes,
  history,
  releasableTo,
  roles,
}: ChannelProfile): Record<string, string> {
  return {
    ceiling,
    'review after': daysText(retention.reviewDays),
    'four eyes': fourEyesText(fourEyes),
    history: historyText(history),
    'contact points': releasableTo.join(', '),
    ...Object.fromEntries(
      Object.entries(roles).map(([point, held]) => [`roles of ${point}`, held.join(', ') || 'none']),
    ),
  };
}

export function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}

export function fourEyesText(rule: ChannelProfile['fourEyes']): string {
  return rule === undefined ? 'none' : `from ${Object.values(rule).join(' or ')} up`;
}

/** What those who join later may be given of the past. */
export function historyText(rule: ChannelProfile['history']): string {
  return rule?.rule === 'from-date' ? `from ${rule.date.slice(0, 10)} on` : (rule?.rule ?? 'from-join');
}
