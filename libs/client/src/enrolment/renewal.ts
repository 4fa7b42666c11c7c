import { parseDeviceCertificate, sign, verify, verifyDeviceCertificate } from '#liaison/crypto';
import {
  type Clock,
  contactPointOf,
  equalBytes,
  fromBase64url,
  LiaisonError,
  RENEWAL_CONTEXT,
  RenewalRequest,
  renewalSignedBytes,
  type Roster,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import * as z from 'zod';
import type { Device } from '../device.js';

/** A request that goes by file: {@link RenewalRequest}. */
export const RenewalRequestFile = RenewalRequest.extend({
  type: z.literal('liaison-renewal-request'),
  v: z.literal(1),
});

const DAY_MS = 24 * 60 * 60 * 1000;
const LONGEST_MS = 30 * DAY_MS;

/** What a device signs, with the key that is certified already, to be certified for longer. */
export function renewalRequest(
  { certificate, key }: Pick<Device, 'certificate' | 'key'>,
  clock: Clock,
): RenewalRequest {
  const said = { certificate: toBase64url(certificate), at: timestampOf(clock) };
  return { ...said, signature: toBase64url(sign(RENEWAL_CONTEXT, renewalSignedBytes(said), key)) };
}

/** @throws LiaisonError `not-allowed` (ENR-16): not signed by this key, more than 30 days ago, or later than tomorrow. */
export function requireRenewalSigned(request: RenewalRequest, publicKey: Uint8Array, now: number): void {
  const age = now - Date.parse(request.at);
  const isSigned = verify(RENEWAL_CONTEXT, renewalSignedBytes(request), fromBase64url(request.signature), publicKey);
  if (!isSigned) throw notRenewable('the device did not sign the request.');
  if (age > LONGEST_MS) throw notRenewable('the request is more than 30 days old.');
  if (age < -DAY_MS) throw notRenewable('the request is dated in the future.');
}

export function notRenewable(why: string): LiaisonError {
  return new LiaisonError('not-allowed', `This certificate cannot be renewed: ${why} Enrol the device anew.`, {
    check: 'ENR-16',
  });
}

/** @throws LiaisonError `integrity` (ENR-17): the certificate is not of this device's CA, address and key, or older. */
export function requireRenewed(
  { address, key: { publicKey }, certificate: before }: Pick<Device, 'address' | 'key' | 'certificate'>,
  certificate: Uint8Array,
  trusted: { roster: Roster; at: number },
): void {
  const contactPoint = contactPointOf(address);
  const ca = trusted.roster.contactPoints.find(({ id }) => id === contactPoint)?.caCertificate ?? '';
  const caCertificate = fromBase64url(ca);
  const verification = verifyDeviceCertificate({ certificate, caCertificate, contactPoint, at: trusted.at });
  const old = parseDeviceCertificate(before);
  const fault =
    verification.outcome !== 'ok'
      ? verification.message
      : !equalBytes(verification.certificate.publicKey, publicKey) || verification.certificate.device !== address
        ? 'it is of another device or key.'
        : verification.certificate.notBefore < old.notBefore
          ? 'it is older than the one that this device has.'
          : undefined;
  if (fault === undefined) return;
  throw new LiaisonError('integrity', `This is not a renewed certificate of this device: ${fault}`, {
    check: 'ENR-17',
  });
}
