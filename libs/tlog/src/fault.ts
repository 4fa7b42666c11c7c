import { LiaisonError } from '#liaison/protocol';

/**
 * `malformed` not of its form; `foreign-log` of a log that is not ours; `bad-signature`; `no-quorum` too few witnesses;
 * `not-included`, `inconsistent` a proof or a tile contradicts the root; `split-view` two histories under one signature;
 * `wrong-entry` a proof of something else; `missing` the log does not show what it must have; `from-the-future`.
 */
export type LogFaultKind =
  | 'malformed'
  | 'foreign-log'
  | 'bad-signature'
  | 'no-quorum'
  | 'not-included'
  | 'inconsistent'
  | 'split-view'
  | 'wrong-entry'
  | 'missing'
  | 'from-the-future';

/** Why a verification failed: the check (docs/spec/validation.md) and plain words that may be shown. */
export interface LogFault {
  readonly outcome: LogFaultKind;
  readonly check: string;
  readonly message: string;
}

export type Verified<Found> = ({ readonly outcome: 'ok' } & Found) | LogFault;

export function fault(outcome: LogFaultKind, check: string, message: string): LogFault {
  return { outcome, check, message };
}

/** What a refusal of a decoder means to a verifier. Rethrows what is no refusal: a bug, or a reader that failed. */
export function faultOf(error: unknown): LogFault {
  if (!(error instanceof LiaisonError) || error.details.check === undefined) throw error;
  const outcome = error.code === 'not-found' ? 'missing' : 'malformed';
  return fault(outcome, error.details.check, error.message);
}
