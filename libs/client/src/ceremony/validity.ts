import type { Clock } from '#liaison/protocol';

/** Milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;

/** Now, cut to the second: certificates carry no fractions (RFC 5280 section 4.1.2.5). */
export function wholeSecond(clock: Clock): number {
  return Math.floor(clock.now() / 1000) * 1000;
}
