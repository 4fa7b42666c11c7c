/**
 * Every error a client or an officer can meet. The code is stable; the message is plain words.
 * docs/spec/errors.md says of each whether to retry, show or log it; a test keeps table and page equal.
 */
export const ERROR_CODES = {
  /** The input does not have the documented form. Correct it. */
  malformed: { status: 400, retry: 'no' },
  /** Larger than the route allows. */
  'too-large': { status: 413, retry: 'no' },
  /** No session, or one that has ended. Sign in again. */
  unauthenticated: { status: 401, retry: 'after-sign-in' },
  /** The session lacks the second proof that the contact point demands. Make it, then send the same again. */
  'second-factor-needed': { status: 403, retry: 'after-second-factor' },
  /** Absent, or not for you: the two answer alike. */
  'not-found': { status: 404, retry: 'no' },
  /** The channel has moved to another epoch. Process it, encrypt again, send the same id. */
  'stale-epoch': { status: 409, retry: 'after-sync' },
  /** The id is taken by a different content of somebody else, or the object exists. */
  conflict: { status: 409, retry: 'no' },
  /** A signature, certificate, hash or proof does not verify. */
  'bad-signature': { status: 422, retry: 'no' },
  /** A rule of the channel or of the community forbids it; the message says which. */
  'not-allowed': { status: 422, retry: 'no' },
  /** Too many requests, or the queue is full. Wait `retryAfterMs`, then send the same again. */
  'try-again': { status: 429, retry: 'after-delay' },
  /** The hub is starting, stopping or cannot reach its database. */
  unavailable: { status: 503, retry: 'after-delay' },
  /** What the hub or another member sent breaks the protocol. An alarm: report it. */
  integrity: { status: 422, retry: 'no' },
  /** What was received cannot be opened with the keys this device holds; the message says why. */
  'cannot-open': { status: 422, retry: 'no' },
  /** The call is wrong: a bug or a misuse of the command line. */
  usage: { status: 400, retry: 'no' },
  /** A fault of ours. The message says nothing more. */
  internal: { status: 500, retry: 'after-delay' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The one error type that crosses a boundary. `message` may be shown and logged: it never holds secrets or content. */
export class LiaisonError extends Error {
  override readonly name = 'LiaisonError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** `check`: the id of the validation check that failed (docs/spec/validation.md). `retryAfterMs`: with `try-again` and `unavailable`. */
    readonly details: { readonly check?: string; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
  }
}
