import { parseDeviceCertificate, sign, signingKeyFromSeed, verify, verifyDeviceCertificate } from '#liaison/crypto';
import {
  base64urlOf,
  base64urlUpTo,
  canonicalJson,
  type Clock,
  contactPointOf,
  equalBytes,
  fromBase64url,
  LiaisonError,
  LIMITS,
  type Roster,
  Timestamp,
  timestampOf,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';
import type { DeviceProfile } from '../device-profile.js';

/** What a device signs, with the key that is certified already, to be certified for longer. */
export const RenewalRequestFile = z.strictObject({
  type: z.literal('liaison-renewal-request'),
  v: z.literal(1),
  certificate: base64urlUpTo(LIMITS.certificateBytes),
  at: Timestamp,
  signature: base64urlOf(64),
});
export type RenewalRequestFile = z.infer<typeof RenewalRequestFile>;

const CONTEXT = 'renewal request';
const LONGEST_MS = 30 * 24 * 60 * 60 * 1000;

export function renewalRequest({ certificate: der, signingSeed }: DeviceProfile, clock: Clock): RenewalRequestFile {
  const certificate = toBase64url(der);
  const at = timestampOf(clock);
  const signature = sign(CONTEXT, signedBytes(certificate, at), signingKeyFromSeed(signingSeed));
  return { type: 'liaison-renewal-request', v: 1, certificate, at, signature: toBase64url(signature) };
}

/** @throws LiaisonError `not-allowed` (ENR-16): not signed by this key, or more than 30 days ago. */
export function requireRenewalSigned(request: RenewalRequestFile, publicKey: Uint8Array, now: number): void {
  const { certificate, at, signature } = request;
  const age = now - Date.parse(at);
  const isSigned = verify(CONTEXT, signedBytes(certificate, at), fromBase64url(signature), publicKey);
  if (!isSigned) throw notRenewable('the device did not sign the request.');
  if (age > LONGEST_MS || age < -LONGEST_MS) throw notRenewable('the request is more than 30 days old.');
}

export function notRenewable(why: string): LiaisonError {
  return new LiaisonError('not-allowed', `This certificate cannot be renewed: ${why} Enrol the device anew.`, {
    check: 'ENR-16',
  });
}

/** The profile with its renewed certificate. @throws LiaisonError `integrity` (ENR-17): not of this device's CA, address and key, or older. */
export function renewedProfile(
  profile: DeviceProfile,
  certificate: Uint8Array,
  trusted: { roster: Roster; at: number },
): DeviceProfile {
  const contactPoint = contactPointOf(profile.device);
  const ca = trusted.roster.contactPoints.find(({ id }) => id === contactPoint)?.caCertificate ?? '';
  const caCertificate = fromBase64url(ca);
  const verification = verifyDeviceCertificate({ certificate, caCertificate, contactPoint, at: trusted.at });
  const { publicKey } = signingKeyFromSeed(profile.signingSeed);
  const old = parseDeviceCertificate(profile.certificate);
  const fault =
    verification.outcome !== 'ok'
      ? verification.message
      : !equalBytes(verification.certificate.publicKey, publicKey) || verification.certificate.device !== profile.device
        ? 'it is of another device or key.'
        : verification.certificate.notBefore < old.notBefore
          ? 'it is older than the one that this device has.'
          : undefined;
  if (fault === undefined) return { ...profile, certificate };
  throw new LiaisonError('integrity', `This is not a renewed certificate of this device: ${fault}`, {
    check: 'ENR-17',
  });
}

function signedBytes(certificate: string, at: string): Uint8Array {
  return utf8(canonicalJson({ at, certificate }));
}
