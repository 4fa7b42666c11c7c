/** What the outside world supplies. Product code takes these as arguments; only `*.node.ts` adapters and tests create them. */

/** Wall-clock time. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

/** Cryptographically secure random bytes (tests pass a seeded one). */
export interface RandomSource {
  /** @returns `length` fresh bytes. */
  bytes(length: number): Uint8Array;
}

/** RFC 3339 time in UTC with milliseconds, the only form on the wire: `2026-11-21T18:00:00.000Z`. */
export function timestampOf(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
