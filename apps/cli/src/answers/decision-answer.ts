import { explainReason, reasonsOf, type Decision } from '#liaison/policy';
import { safeText } from '../terminal/safe-text.js';
import type { Answer } from './answer.js';

/** Whether something may be done, and every reason against it. */
export function decisionAnswer(act: string, record: string, decision: Decision): Answer {
  const reasons = reasonsOf(decision).map((reason) => ({ ...reason, explanation: explainReason(reason) }));
  return {
    json: { act, record, allowed: decision.allowed, reasons },
    lines: () => [
      decision.allowed ? `Allowed: ${act}.` : `Not allowed: ${act}.`,
      ...reasons.map(({ code, explanation }) => `  ${safeText(explanation)} (${code})`),
    ],
  };
}
