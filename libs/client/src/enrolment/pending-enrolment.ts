import {
  generateSigningKey,
  openWithPassphrase,
  type PassphraseCost,
  sealWithPassphrase,
  verifyRosterUpdate,
} from '#liaison/crypto';
import {
  base64urlOf,
  canonicalJson,
  decodeUntrustedRoster,
  explainIssues,
  DeviceAddress,
  fromBase64url,
  fromUtf8,
  InvitationId,
  LiaisonError,
  parseCanonicalJson,
  type RandomSource,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';
import { JoiningKitFile } from '../ceremony/ceremony-file.js';
import { type InvitationCode, TOKEN_BYTES } from './invitation-code.js';

/** A device that has made its keys and waits for its certificate. */
export const PendingEnrolment = z.strictObject({
  v: z.literal(1),
  /** Where the device was invited; else its request goes by file. */
  invited: z.strictObject({ id: InvitationId, token: base64urlOf(TOKEN_BYTES) }).optional(),
  /** Where it is known already. */
  device: DeviceAddress.optional(),
  signingSeed: base64urlOf(32),
  storeKey: base64urlOf(32),
  kit: JoiningKitFile,
});
export type PendingEnrolment = z.infer<typeof PendingEnrolment>;

const PURPOSE = 'pending-enrolment';

/** Makes the device's keys. @throws LiaisonError `bad-signature` where the roster in the kit is not signed by its own co-chairs. */
export function beginEnrolment(
  kit: JoiningKitFile,
  way: InvitationCode | DeviceAddress,
  random: RandomSource,
): PendingEnrolment {
  const at = Date.parse(decodeUntrustedRoster(kit.roster.roster).issuedAt);
  const verification = verifyRosterUpdate({ pinned: undefined, candidate: kit.roster, at });
  if (verification.outcome !== 'ok') {
    throw new LiaisonError('bad-signature', verification.message, { check: verification.check });
  }
  return {
    v: 1,
    ...(typeof way === 'string' ? { device: way } : { invited: { id: way.id, token: toBase64url(way.token) } }),
    signingSeed: toBase64url(generateSigningKey(random).privateKey),
    storeKey: toBase64url(random.bytes(32)),
    kit,
  };
}

export function sealPending(
  pending: PendingEnrolment,
  passphrase: string,
  sealing: { readonly random: RandomSource; readonly cost?: PassphraseCost },
): Uint8Array {
  return sealWithPassphrase(utf8(canonicalJson(pending)), passphrase, { ...sealing, purpose: PURPOSE });
}

/** @throws LiaisonError as `openWithPassphrase`; `malformed` (ENR-15). */
export function openPending(file: Uint8Array, passphrase: string): PendingEnrolment {
  const opened = openWithPassphrase(file, passphrase, { purpose: PURPOSE });
  const parsed = PendingEnrolment.safeParse(parseCanonicalJson(fromUtf8(opened)));
  if (parsed.success) return parsed.data;
  throw new LiaisonError('malformed', `This is no enrolment that waits: ${explainIssues(parsed.error)}.`, {
    check: 'ENR-15',
  });
}

export function seedOf({ signingSeed }: PendingEnrolment): Uint8Array {
  return fromBase64url(signingSeed);
}
