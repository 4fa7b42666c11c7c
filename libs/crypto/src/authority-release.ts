import { type AuthorityRelease, authorityReleaseBytes, fromBase64url, toBase64url } from '#liaison/protocol';
import type { Authorities } from './authorities.js';
import { type Signer, sign, verify } from './signing.js';

const CONTEXT = 'officer-unlock by ca';

/** @param key of the contact point CA. */
export function signAuthorityRelease(said: Omit<AuthorityRelease, 'signature'>, key: Signer): AuthorityRelease {
  return { ...said, signature: toBase64url(sign(CONTEXT, authorityReleaseBytes(said), key)) };
}

/** Whether whoever certifies for the contact point has signed it: its CA, or the one before it while that counts. @param at milliseconds since 1970. */
export function isReleasedByAuthority(
  release: AuthorityRelease,
  { current, previous }: Authorities,
  at: number,
): boolean {
  const signers = [current, ...(previous !== undefined && at <= previous.until ? [previous.ca] : [])];
  const signature = fromBase64url(release.signature);
  return signers.some(({ publicKey }) => verify(CONTEXT, authorityReleaseBytes(release), signature, publicKey));
}
