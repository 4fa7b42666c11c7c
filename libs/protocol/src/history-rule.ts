import * as z from 'zod';
import { Timestamp } from './encoded.js';

/** What of a channel's past those who come later may be given: docs/spec/history.md. */
export const HistoryRule = z.discriminatedUnion('rule', [
  /** Nothing from before they joined. */
  z.strictObject({ rule: z.literal('from-join') }),
  /** What was stored from then on. */
  z.strictObject({ rule: z.literal('from-date'), date: Timestamp }),
  z.strictObject({ rule: z.literal('full') }),
  /** Each record by the consent of its originator. */
  z.strictObject({ rule: z.literal('per-item') }),
]);
export type HistoryRule = z.infer<typeof HistoryRule>;
export const HISTORY_RULES = ['from-join', 'from-date', 'full', 'per-item'] as const satisfies HistoryRule['rule'][];

/** Of a channel whose profile says nothing, as of every channel before there were grants. */
export const HISTORY_BY_DEFAULT: HistoryRule = { rule: 'from-join' };

/** Whether a rule gives nothing that the other withholds: nobody alone opens the past of a channel wider than it was said to be. */
export function isAtLeastAsStrictHistory(
  before: HistoryRule = HISTORY_BY_DEFAULT,
  after: HistoryRule = HISTORY_BY_DEFAULT,
): boolean {
  if (before.rule === 'from-date' && after.rule === 'from-date')
    return Date.parse(after.date) >= Date.parse(before.date);
  return STRICTNESS[after.rule] > STRICTNESS[before.rule] || after.rule === before.rule;
}

const STRICTNESS: Readonly<Record<HistoryRule['rule'], number>> = {
  full: 0,
  'from-date': 1,
  'per-item': 2,
  'from-join': 3,
};
