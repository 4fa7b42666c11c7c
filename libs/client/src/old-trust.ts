import type { ClientCheck } from './breach.js';

/** What a newer roster or revocation list may allow: nothing of it was kept, and it is to be judged again by the newest. */
export class JudgedByOldTrust extends Error {}

/** What roster and revocation lists decide. */
const BY_TRUST: readonly ClientCheck[] = ['CLI-01', 'CLI-30', 'CLI-31', 'CLI-32', 'CLI-33', 'CLI-38'];

export function isByTrust(check: string | undefined): boolean {
  return BY_TRUST.some((each) => each === check);
}
