import type { ChannelPlan } from '#liaison/client';
import { CLASSIFICATIONS, LiaisonError, Priority } from '#liaison/protocol';
import { oneOf } from './draft-options.js';

/** A mark or a priority. */
export function fourEyesFrom(from: string): NonNullable<ChannelPlan['fourEyes']> {
  const priority = Priority.options.find((each) => each === from.toLowerCase());
  return priority === undefined ? { classification: oneOf(CLASSIFICATIONS, from, '--four-eyes') } : { priority };
}

/** A rule, or the day from which on the past is given. */
export function historyFrom(text: string): NonNullable<ChannelPlan['history']> {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return { rule: 'from-date', date: `${text}T00:00:00.000Z` };
  return { rule: oneOf(['full', 'per-item', 'from-join'] as const, text, '--history') };
}

/** As a channel's rules take it. */
export function reviewDaysFrom(text: string): number {
  const days = Number(text);
  if (/^\d{1,4}$/.test(text) && days >= 1 && days <= 3650) return days;
  throw new LiaisonError('usage', '--review-days takes a whole number from 1 to 3650.');
}
