import { type ContactPointId, contactPointOf, equalBytes, LiaisonError } from '#liaison/protocol';
import { type CaCertificate, parseCaCertificate } from './certificate-authority.js';
import { isRevoked, type RevocationList } from './crl.js';
import { type DeviceCertificate, isWithinLongestValidity, readSignedDeviceCertificate } from './device-certificate.js';
import { isSignedBy } from './x509.js';

/**
 * `malformed` (CRT-01 to CRT-05, CRT-14), `wrong-issuer` (CRT-06), `bad-signature` (CRT-07),
 * `foreign-contact-point` (CRT-08), `too-long` (CRT-09), `issuer-not-valid` (CRT-10), `revoked` (CRT-11),
 * `not-yet-valid` (CRT-12), `expired` (CRT-13).
 */
export type CertificateFault =
  | 'malformed'
  | 'wrong-issuer'
  | 'bad-signature'
  | 'foreign-contact-point'
  | 'too-long'
  | 'issuer-not-valid'
  | 'revoked'
  | 'not-yet-valid'
  | 'expired';

/** From CRT-09 on, `certificate` says whose it is, so that a caller can tolerate `expired`. */
export type CertificateVerification =
  | { readonly outcome: 'ok'; readonly certificate: DeviceCertificate }
  | {
      readonly outcome: CertificateFault;
      readonly check: string;
      /** Plain words, to be shown. */
      readonly message: string;
      readonly certificate?: DeviceCertificate;
    };

/**
 * Verifies a device certificate against the CA certificate of the pinned roster. Checks run in the order of their ids,
 * so `revoked` wins over `expired`, and `expired` is said only of a certificate with no other fault.
 * @param input.certificate DER.
 * @param input.caCertificate DER, or once parsed where many certificates are verified.
 * @param input.contactPoint whose CA it is by the roster.
 * @param input.crl verified revocation list of the same CA, where there is one.
 * @param input.at milliseconds since 1970.
 */
export function verifyDeviceCertificate(input: {
  certificate: Uint8Array;
  caCertificate: Uint8Array | CaCertificate;
  contactPoint: ContactPointId;
  at: number;
  crl?: RevocationList | undefined;
}): CertificateVerification {
  try {
    const { caCertificate } = input;
    const ca = ArrayBuffer.isView(caCertificate) ? parseCaCertificate(caCertificate) : caCertificate;
    const parsed = readSignedDeviceCertificate(input.certificate);
    const { certificate } = parsed;
    if (!equalBytes(certificate.issuerKeyId, ca.keyId) || !equalBytes(parsed.issuerName, ca.name)) {
      return fault('wrong-issuer', 'CRT-06', 'The certificate is from another CA.');
    }
    if (!isSignedBy(parsed.signed, ca.publicKey)) {
      return fault('bad-signature', 'CRT-07', 'The signature on the certificate does not verify.');
    }
    return authorizationFault(certificate, ca, input) ?? { outcome: 'ok', certificate };
  } catch (error) {
    if (!(error instanceof LiaisonError) || error.code === 'usage') throw error;
    return fault('malformed', error.details.check ?? 'CRT-01', `The certificate is not valid: ${error.message}`);
  }
}

function authorizationFault(
  certificate: DeviceCertificate,
  ca: CaCertificate,
  { contactPoint, at, crl }: { contactPoint: ContactPointId; at: number; crl?: RevocationList | undefined },
): CertificateVerification | undefined {
  if (ca.contactPoint !== contactPoint || contactPointOf(certificate.device) !== contactPoint) {
    return fault('foreign-contact-point', 'CRT-08', 'The certificate names a contact point that is not its CA’s.');
  }
  if (!isWithinLongestValidity(certificate)) {
    return fault('too-long', 'CRT-09', 'The certificate is valid for longer than the community allows.', certificate);
  }
  if (crl !== undefined && isRevoked(crl, certificate)) {
    return fault('revoked', 'CRT-11', 'The certificate was revoked.', certificate);
  }
  if (at < ca.notBefore || at > ca.notAfter) {
    return fault('issuer-not-valid', 'CRT-10', 'The CA certificate is not valid at this time.', certificate);
  }
  if (at < certificate.notBefore) {
    return fault('not-yet-valid', 'CRT-12', 'The certificate is not valid yet.', certificate);
  }
  if (at > certificate.notAfter) return fault('expired', 'CRT-13', 'The certificate has expired.', certificate);
  return undefined;
}

function fault(
  outcome: CertificateFault,
  check: string,
  message: string,
  certificate?: DeviceCertificate,
): CertificateVerification {
  return { outcome, check, message, ...(certificate === undefined ? {} : { certificate }) };
}
