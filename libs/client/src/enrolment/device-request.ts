import {
  type CertificateAuthority,
  type Duty,
  sign,
  type SigningKey,
  signingKeyFromSeed,
  spokenDigits,
  verify,
  verifyDeviceCertificate,
} from '#liaison/crypto';
import {
  base64urlOf,
  base64urlUpTo,
  canonicalJson,
  type Classification,
  type Clock,
  contactPointOf,
  decodeUntrustedRoster,
  DeviceAddress,
  equalBytes,
  fromBase64url,
  LiaisonError,
  LIMITS,
  type RandomSource,
  text,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';
import { enrolDevice } from '../ceremony/enrol-device.js';
import type { DeviceProfile } from '../device-profile.js';
import { type PendingEnrolment, seedOf } from './pending-enrolment.js';

/**
 * Enrolment by files, without the hub: for the first administrator of a contact point, whom nobody can invite, and for
 * a CA that never meets a network.
 */
export const DeviceRequestFile = z.strictObject({
  type: z.literal('liaison-device-request'),
  v: z.literal(1),
  device: DeviceAddress,
  officerName: text(64),
  publicKey: base64urlOf(32),
  /** Signature of the rest by the key (context `device request`). */
  proof: base64urlOf(64),
});
export type DeviceRequestFile = z.infer<typeof DeviceRequestFile>;

export const DeviceCertificateFile = z.strictObject({
  type: z.literal('liaison-device-certificate'),
  v: z.literal(1),
  certificate: base64urlUpTo(LIMITS.certificateBytes),
});

const CONTEXT = 'device request';
const SAFETY_GROUPS = 6;

export function deviceRequest(device: DeviceAddress, officerName: string, key: SigningKey): DeviceRequestFile {
  const said = { device, officerName, publicKey: toBase64url(key.publicKey) };
  const proof = toBase64url(sign(CONTEXT, utf8(canonicalJson(said)), key));
  return { type: 'liaison-device-request', v: 1, ...said, proof };
}

/** What both sides compare before the key is certified. */
export function deviceRequestSafetyNumber({ device, officerName, publicKey }: DeviceRequestFile): string {
  return spokenDigits(CONTEXT, utf8(canonicalJson({ device, officerName, publicKey })), SAFETY_GROUPS);
}

/** @returns DER. @throws LiaisonError `bad-signature` (ENR-07); `usage` for a device of another contact point. */
export function certifyRequest(
  request: DeviceRequestFile,
  grant: { readonly ca: CertificateAuthority; readonly clearance: Classification; readonly duties: readonly Duty[] },
  ports: { readonly clock: Clock; readonly random: RandomSource },
): Uint8Array {
  const { device: address, officerName, publicKey, proof } = request;
  const key = fromBase64url(publicKey);
  const said = utf8(canonicalJson({ device: address, officerName, publicKey }));
  if (!verify(CONTEXT, said, fromBase64url(proof), key)) {
    throw new LiaisonError('bad-signature', 'The request is not signed by the key that it brings.', {
      check: 'ENR-07',
    });
  }
  return enrolDevice({ ...grant, device: { address, officerName }, devicePublicKey: key }, ports);
}

/** The profile of a device whose certificate came by file. @throws LiaisonError `integrity` (ENR-11). */
export function profileFromCertificate(pending: PendingEnrolment, certificate: Uint8Array, at: number): DeviceProfile {
  const key = signingKeyFromSeed(seedOf(pending));
  const { kit } = pending;
  const roster = decodeUntrustedRoster(kit.roster.roster);
  const ca = roster.contactPoints.find(({ id }) => id === kit.contactPoint)?.caCertificate ?? '';
  const verification = verifyDeviceCertificate({
    certificate,
    caCertificate: fromBase64url(ca),
    contactPoint: kit.contactPoint,
    at,
  });
  const isOwn = verification.outcome === 'ok' && equalBytes(verification.certificate.publicKey, key.publicKey);
  if (verification.outcome !== 'ok' || !isOwn) {
    const fault = verification.outcome === 'ok' ? 'it is for another key.' : verification.message;
    throw new LiaisonError('integrity', `This is not the certificate of this device: ${fault}`, { check: 'ENR-11' });
  }
  const { device } = verification.certificate;
  if (pending.device !== undefined && device !== pending.device) {
    throw new LiaisonError('integrity', `This is the certificate of ${device}, not of ${pending.device}.`, {
      check: 'ENR-11',
    });
  }
  return {
    v: 1,
    device,
    signingSeed: key.privateKey,
    certificate,
    hubUrl: kit.hubUrl,
    foundingRoster: kit.roster,
    storeKey: fromBase64url(pending.storeKey),
  };
}

/** @throws LiaisonError `usage` where the device is not of the kit's contact point. */
export function requireOfKit(device: DeviceAddress, kit: PendingEnrolment['kit']): void {
  if (contactPointOf(device) === kit.contactPoint) return;
  throw new LiaisonError(
    'usage',
    `This joining kit is of ${kit.contactPoint}: it admits no device of ${contactPointOf(device)}.`,
  );
}
