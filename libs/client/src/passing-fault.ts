import { LiaisonError } from '#liaison/protocol';

/** Whether an error is only that the hub is away for the moment. */
const PASSING: readonly string[] = ['unavailable', 'try-again', 'unauthenticated', 'second-factor-needed'];

export function isPassing(error: unknown): boolean {
  return error instanceof LiaisonError && PASSING.includes(error.code);
}
