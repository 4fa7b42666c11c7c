import { systemClock } from '#liaison/crypto.node';
import type { Lifetime } from '#liaison/mls-framing';

const HOUR = 3_600_000;

/** For KeyPackages that are used at once. */
export function freshLifetime(): Lifetime {
  const now = Math.floor(systemClock.now() / 1000) * 1000;
  return { notBefore: now - HOUR, notAfter: now + 30 * 24 * HOUR };
}
