import * as z from 'zod';
import { base64urlOf, base64urlUpTo, Timestamp } from './encoded.js';
import { DeviceAddress } from './ids.js';
import { LIMITS } from './limits.js';

/**
 * Four eyes: a second officer of the sender's contact point signed what is released. It binds everything that encrypting
 * the record anew does not change (docs/spec/release.md).
 */
export const Release = z.strictObject({
  by: DeviceAddress,
  at: Timestamp,
  /** SHA-256 over the body's 32-byte release salt and the canonical body without it: says nothing to who has no body. */
  content: base64urlOf(32),
  /** DER of the second officer's device certificate, who need not be in the channel. */
  certificate: base64urlUpTo(LIMITS.certificateBytes),
  /** Ed25519 over `releaseStatement`. */
  signature: base64urlOf(64),
});
export type Release = z.infer<typeof Release>;
