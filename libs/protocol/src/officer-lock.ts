import * as z from 'zod';
import { utf8 } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { base64urlOf, base64urlUpTo, text, Timestamp } from './encoded.js';
import { DeviceAddress, OfficerAddress } from './ids.js';
import { LIMITS } from './limits.js';
import { LogIndex } from './log.js';

/** All devices of an officer are shut out at once, and let in again by an administrator: docs/spec/session.md#lock. */

const LockId = z.uuid();

export const LockOrder = z.strictObject({
  id: LockId,
  officer: OfficerAddress,
  reason: text(300),
  /** The device's clock. */
  at: Timestamp,
  /** Ed25519 by the device over {@link lockSignedBytes}. */
  signature: base64urlOf(64),
});
export type LockOrder = z.infer<typeof LockOrder>;

/** What a device signs to lock an officer's devices (signing context `officer-lock`). */
export function lockSignedBytes(
  device: DeviceAddress,
  { id, officer, reason, at }: Omit<LockOrder, 'signature'>,
): Uint8Array {
  return utf8(canonicalJson({ at, device, id, officer, reason }));
}

/** An administrator's part in letting them in again. */
export const LockRelease = z.strictObject({
  lock: LockId,
  reason: text(300),
  at: Timestamp,
  /** Ed25519 by the device over {@link releaseSignedBytes}. */
  signature: base64urlOf(64),
});
export type LockRelease = z.infer<typeof LockRelease>;

/** What an administrator's device signs to unlock (signing context `officer-unlock`). */
export function releaseSignedBytes(
  device: DeviceAddress,
  { lock, reason, at }: Omit<LockRelease, 'signature'>,
): Uint8Array {
  return utf8(canonicalJson({ at, device, lock, reason }));
}

/** The contact point's CA lets an officer in again: nobody has to be signed in for it. */
export const AuthorityRelease = z.strictObject({
  officer: OfficerAddress,
  reason: text(300),
  at: Timestamp,
  /** Ed25519 by the CA over {@link authorityReleaseBytes}. */
  signature: base64urlOf(64),
});
export type AuthorityRelease = z.infer<typeof AuthorityRelease>;

/** What a CA signs to unlock (signing context `officer-unlock by ca`): the lock that is in force. */
export function authorityReleaseBytes({ officer, reason, at }: Omit<AuthorityRelease, 'signature'>): Uint8Array {
  return utf8(canonicalJson({ at, officer, reason }));
}

/** `index`: its place in the log. `isLocked`: whether the officer's devices are shut out now. */
export const LockOutcome = z.union([
  z.strictObject({ lock: LockId, index: LogIndex, isLocked: z.boolean() }),
  z.strictObject({ refused: z.string().max(16) }),
]);
export type LockOutcome = z.infer<typeof LockOutcome>;

const signer = { device: DeviceAddress, certificate: base64urlUpTo(LIMITS.certificateBytes), index: LogIndex };

/** A lock with who ordered it, who has agreed to end it, and whether it is over. */
export const OfficerLock = z.strictObject({
  ...LockOrder.shape,
  ...signer,
  releases: z
    .array(z.strictObject({ ...LockRelease.omit({ lock: true }).shape, ...signer }))
    .max(LIMITS.releasesPerLock),
  /** Where the CA has ended it. */
  byAuthority: z.strictObject({ ...AuthorityRelease.omit({ officer: true }).shape, index: LogIndex }).optional(),
  isOver: z.boolean(),
});
export type OfficerLock = z.infer<typeof OfficerLock>;

/** Which locks: of all officers or of one, all or those in force. */
export const LockQuery = z.strictObject({
  officer: OfficerAddress.optional(),
  which: z.enum(['all', 'open']).default('all'),
});
export type LockQuery = z.infer<typeof LockQuery>;

/** Those in force first, the newest first. */
export const OfficerLockList = z.strictObject({ locks: z.array(OfficerLock).max(LIMITS.locksListed) });
