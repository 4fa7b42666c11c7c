import * as z from 'zod';
import { canonicalJson } from './canonical-json.js';
import { utf8 } from './bytes.js';
import { base64urlOf, base64urlUpTo, Timestamp } from './encoded.js';
import { DeviceAddress } from './ids.js';
import { LIMITS } from './limits.js';

/** A nonce that the hub made, once usable, for one minute. */
export const SessionChallenge = z.strictObject({
  nonce: base64urlOf(32),
  origin: z.string().max(200),
  expiresAt: Timestamp,
});
export type SessionChallenge = z.infer<typeof SessionChallenge>;

export const SessionRequest = z.strictObject({
  nonce: base64urlOf(32),
  /** DER of the device certificate; the hub verifies it against the roster and keeps it. */
  certificate: base64urlUpTo(LIMITS.certificateBytes),
  signature: base64urlOf(64),
});
export type SessionRequest = z.infer<typeof SessionRequest>;

export const Session = z.strictObject({ token: z.string().max(2048), device: DeviceAddress, expiresAt: Timestamp });
export type Session = z.infer<typeof Session>;

/**
 * What a device signs to sign in (signing context `session`). The origin is the one the device means to reach,
 * from its pinned roster, so a signature cannot be relayed to another hub.
 */
export function sessionSignedBytes(challenge: {
  readonly nonce: string;
  readonly origin: string;
  readonly device: DeviceAddress;
}): Uint8Array {
  return utf8(canonicalJson({ device: challenge.device, nonce: challenge.nonce, origin: challenge.origin }));
}
