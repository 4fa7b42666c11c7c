import { LiaisonError } from '#liaison/protocol';

export const EXIT = { done: 0, fault: 1, usage: 2, unreachable: 5, alarm: 7 } as const;

const PASSING = new Set(['unavailable', 'try-again', 'internal', 'not-found']);

/** What may be over at the next round. */
export function isPassing(error: unknown): error is LiaisonError {
  return error instanceof LiaisonError && PASSING.has(error.code);
}
