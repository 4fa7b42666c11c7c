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
import type { CaCertificate } from './certificate-authority.js';
import { type Signer, sign, verify } from './signing.js';

const CONTEXT = 'sign-in policy';

/** @param key of the contact point CA. */
export function signSignInPolicy(policy: SignInPolicy, key: Signer): SignedSignInPolicy {
  const text = encodeSignInPolicy(policy);
  return { policy: text, signature: toBase64url(sign(CONTEXT, utf8(text), key)) };
}

interface PolicyContext {
  readonly contactPoint: ContactPointId;
  readonly authorities: Authorities;
  readonly last: SignedSignInPolicy | undefined;
  readonly at: number;
}

/**
 * A policy that whoever certifies for the contact point has signed: its CA, or the one before it while that counts and its successor
 * has signed none.
 * @param last the one of before; @param at milliseconds since 1970. @throws LiaisonError `malformed` (SPO-01), `bad-signature` (SPO-02).
 */
export function verifiedSignInPolicy(
  { policy: text, signature }: SignedSignInPolicy,
  { contactPoint, authorities, last, at }: PolicyContext,
): SignInPolicy {
  const policy = decodeUntrustedSignInPolicy(text);
  const { current, previous } = authorities;
  const formerCounts = previous !== undefined && at <= previous.until && !(last && isSignedBy(current, last));
  const signers = [current, ...(formerCounts ? [previous.ca] : [])];
  const isSigned = signers.some((ca) => isSignedBy(ca, { policy: text, signature }));
  if (isSigned && policy.contactPoint === contactPoint) return policy;
  const message = 'The sign-in policy is not signed by the CA of this contact point.';
  throw new LiaisonError('bad-signature', message, { check: 'SPO-02' });
}

function isSignedBy({ publicKey }: CaCertificate, { policy, signature }: SignedSignInPolicy): boolean {
  return verify(CONTEXT, utf8(policy), fromBase64url(signature), publicKey);
}
