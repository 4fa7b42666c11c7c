import {
  type ContactPointId,
  decodeUntrustedSignInPolicy,
  encodeSignInPolicy,
  fromBase64url,
  LiaisonError,
  type SignedSignInPolicy,
  type SignInPolicy,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type { Authorities } from './authorities.js';
import { type Signer, sign, verify } from './signing.js';

const CONTEXT = 'sign-in policy';

/** @param key of the contact point CA. */
export function signSignInPolicy(policy: SignInPolicy, key: Signer): SignedSignInPolicy {
  const text = encodeSignInPolicy(policy);
  return { policy: text, signature: toBase64url(sign(CONTEXT, utf8(text), key)) };
}

/**
 * A policy that whoever certifies for the contact point has signed: its CA, or the one before it while that counts.
 * @param at milliseconds since 1970. @throws LiaisonError `malformed` (SPO-01), `bad-signature` (SPO-02).
 */
export function verifiedSignInPolicy(
  { policy: text, signature }: SignedSignInPolicy,
  { contactPoint, authorities, at }: { contactPoint: ContactPointId; authorities: Authorities; at: number },
): SignInPolicy {
  const policy = decodeUntrustedSignInPolicy(text);
  const { current, previous } = authorities;
  const signers = [current, ...(previous !== undefined && at <= previous.until ? [previous.ca] : [])];
  const isSigned = signers.some(({ publicKey }) => verify(CONTEXT, utf8(text), fromBase64url(signature), publicKey));
  if (isSigned && policy.contactPoint === contactPoint) return policy;
  const message = 'The sign-in policy is not signed by the CA of this contact point.';
  throw new LiaisonError('bad-signature', message, { check: 'SPO-02' });
}
