import {
  type ContactPointId,
  equalBytes,
  fromBase64url,
  LiaisonError,
  type RosterContactPoint,
} from '#liaison/protocol';
import { type CaCertificate, parseCaCertificate } from './certificate-authority.js';
import { type CrlVerification, type RevocationList, verifyCrl } from './crl.js';
import { verifySuccession } from './crl-succession.js';
import { parseDeviceCertificate } from './device-certificate.js';
import { type CertificateVerification, verifyDeviceCertificate } from './verify-device-certificate.js';

/** Who certifies for a contact point by the roster: its CA, and the one before it for as long as the roster says. */
export interface Authorities {
  readonly current: CaCertificate;
  readonly previous?: {
    readonly ca: CaCertificate;
    /** Milliseconds since 1970. */
    readonly until: number;
  };
}

/** @throws LiaisonError `malformed` where the roster holds what is no CA certificate. */
export function authoritiesOf({
  caCertificate,
  previousCa,
}: Pick<RosterContactPoint, 'caCertificate' | 'previousCa'>): Authorities {
  const current = parseCaCertificate(fromBase64url(caCertificate));
  if (previousCa === undefined) return { current };
  const ca = parseCaCertificate(fromBase64url(previousCa.caCertificate));
  return { current, previous: { ca, until: Date.parse(previousCa.until) } };
}

/**
 * `verifyDeviceCertificate` by whichever CA of the contact point issued it. When the time of a replaced CA is over its
 * certificates are `expired` (CRT-15): their holders are flagged and put out, and stand in nobody's way.
 * @param input.crl verified list in force of the contact point, by either CA: a later CA's list speaks for the earlier's certificates.
 */
export function verifyByAuthorities(input: {
  certificate: Uint8Array;
  authorities: Authorities;
  contactPoint: ContactPointId;
  at: number;
  crl?: RevocationList | undefined;
}): CertificateVerification {
  const { certificate, authorities, contactPoint, at, crl } = input;
  const { current, previous } = authorities;
  if (previous === undefined || !isIssuedBy(certificate, previous.ca))
    return verifyDeviceCertificate({ certificate, caCertificate: current, contactPoint, at, crl });
  const list = crl && { ...crl, issuerKeyId: previous.ca.keyId };
  const verified = verifyDeviceCertificate({ certificate, caCertificate: previous.ca, contactPoint, at, crl: list });
  if (verified.outcome !== 'ok' || at <= previous.until) return verified;
  const message = 'The CA that issued the certificate was replaced, and the time to be certified anew is over.';
  return { outcome: 'expired', check: 'CRT-15', message, certificate: verified.certificate };
}

/**
 * The list of a contact point: by its CA, and by the one before it while that counts and until the new one has published.
 * Each CA counts its own lists, so that a CA that was replaced cannot use up the numbers of the next.
 * @param input.last the newest list seen before, where any was: what it revokes is revoked by the next one too, while its CA counts.
 */
export function verifyListByAuthorities(input: {
  crl: Uint8Array;
  authorities: Authorities;
  at: number;
  last?: RevocationList | undefined;
}): CrlVerification {
  const { authorities, at, last } = input;
  const { current } = authorities;
  const previous = authorities.previous && at <= authorities.previous.until ? authorities.previous.ca : undefined;
  const byCurrent = verifyListBy(current, input);
  const verification =
    byCurrent.outcome === 'wrong-issuer' && previous !== undefined && !isListOf(last, current)
      ? verifyListBy(previous, input)
      : byCurrent;
  const counts = isListOf(last, current) || (previous !== undefined && isListOf(last, previous));
  return last !== undefined && counts ? verifySuccession(verification, last) : verification;
}

function verifyListBy(
  ca: CaCertificate,
  { crl, at, last }: { crl: Uint8Array; at: number; last?: RevocationList | undefined },
): CrlVerification {
  return verifyCrl({ crl, caCertificate: ca, at, lastNumber: isListOf(last, ca) ? last?.number : undefined });
}

/** Whether this CA issued the list, as its key identifier says. */
export function isListOf(list: RevocationList | undefined, ca: CaCertificate): boolean {
  return list !== undefined && equalBytes(list.issuerKeyId, ca.keyId);
}

function isIssuedBy(certificate: Uint8Array, ca: CaCertificate): boolean {
  try {
    return equalBytes(parseDeviceCertificate(certificate).issuerKeyId, ca.keyId);
  } catch (error) {
    if (error instanceof LiaisonError) return false;
    throw error;
  }
}
