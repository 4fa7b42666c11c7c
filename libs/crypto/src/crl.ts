import { equalBytes, LiaisonError, toHex } from '#liaison/protocol';
import {
  type CaCertificate,
  type CertificateAuthority,
  issuerOf,
  parseCaCertificate,
} from './certificate-authority.js';
import {
  type DerElement,
  expectTag,
  malformedDer,
  readDer,
  readGeneralizedTime,
  readMembers,
  readTime,
  TAG,
  writeElement,
  writeGeneralizedTime,
  writeInteger,
  writeSequence,
  writeTime,
} from './der.js';
import { sha256 } from './sha256.js';
import { writeSerial } from './tbs-certificate.js';
import {
  ED25519,
  isSignedBy,
  readSerial,
  readSigned,
  requireEd25519,
  type SignedStructure,
  writeSigned,
} from './x509.js';
import {
  authorityKeyIdentifier,
  type Extension,
  readAuthorityKeyIdentifier,
  readExtensionList,
  readExtensions,
  requireExtension,
  writeExtension,
  writeExtensions,
} from './x509-extensions.js';
import type { OidName } from './x509-oids.js';

/** Why a certificate was revoked: the CRLReason values of RFC 5280 section 5.3.1 that concern a device. */
export const REVOCATION_REASONS = {
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const;
export type RevocationReason = keyof typeof REVOCATION_REASONS;

export interface Revocation {
  /** Of the certificate: lower-case hex. */
  readonly serial: string;
  /** Milliseconds since 1970, as all times here. */
  readonly revokedAt: number;
  readonly reason?: RevocationReason;
  /** RFC 5280 section 5.3.2: since when the key may have been somebody else’s. Milliseconds since 1970. */
  readonly invalidSince?: number;
}

/** What counts in place of the dates that a list gives, for who has seen lists before it. */
export interface RevocationBounds {
  /** What the next list revokes is not older, but for clocks that differ: the newest `thisUpdate` so far. */
  readonly notBefore: number;
  /** By serial number: of those that the list dates otherwise than what counts. */
  readonly revokedAt: ReadonlyMap<string, number>;
}

/** A revocation list (RFC 5280 section 5, version 2) that was read. `verifyCrl` gives only verified ones. */
export interface RevocationList {
  readonly issuerKeyId: Uint8Array;
  /** cRLNumber: grows with every list of a CA. */
  readonly number: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** By serial number. */
  readonly revoked: ReadonlyMap<string, Revocation>;
  /** Where it says otherwise than a list before it: absent for a list that was read alone. */
  readonly bounds?: RevocationBounds;
  /** SHA-256 of its DER. */
  readonly digest: Uint8Array;
}

/** @returns DER of the list. It names every revoked certificate, not the new ones alone. */
export function issueCrl(input: {
  ca: CertificateAuthority;
  number: number;
  thisUpdate: number;
  nextUpdate: number;
  revoked: readonly Revocation[];
}): Uint8Array {
  const issuer = issuerOf(input.ca);
  if (!Number.isSafeInteger(input.number) || input.number < 1) {
    throw new LiaisonError('usage', 'The number of a revocation list is an integer from 1.');
  }
  const entries = input.revoked.map(writeRevocation);
  const tbs = writeSequence(
    writeInteger(1),
    ED25519,
    issuer.name,
    writeTime(input.thisUpdate),
    writeTime(input.nextUpdate),
    // RFC 5280 section 5.1.2.6: absent, not empty, where nothing is revoked.
    ...(entries.length > 0 ? [writeSequence(...entries)] : []),
    writeExtensions(
      0,
      authorityKeyIdentifier(issuer.publicKey),
      writeExtension('crlNumber', false, writeInteger(input.number)),
    ),
  );
  return writeSigned(tbs, input.ca.key);
}

/**
 * `malformed` (CRL-01), `wrong-issuer` (CRL-02), `bad-signature` (CRL-03), `rolled-back` (CRL-04: its number is lower
 * than one already seen), `not-yet-valid` (CRL-05), `expired` (CRL-06: a newer list is due; what it revokes stays revoked),
 * `contradicts` (CRL-07: it has the number of one already seen, and says something else), `incomplete` (CRL-08: it leaves out what was revoked),
 * `back-dated` (CRL-09: it changes dates, or is dated back; what it revokes is revoked all the same, by the dates of its `bounds`).
 */
export type CrlVerification =
  | { readonly outcome: 'ok'; readonly crl: RevocationList }
  | { readonly outcome: 'expired'; readonly check: 'CRL-06'; readonly message: string; readonly crl: RevocationList }
  | {
      readonly outcome: 'not-yet-valid';
      readonly check: 'CRL-05';
      readonly message: string;
      readonly crl: RevocationList;
    }
  | {
      readonly outcome: 'back-dated';
      readonly check: 'CRL-09';
      readonly message: string;
      readonly crl: RevocationList;
    }
  | {
      readonly outcome: 'malformed' | 'wrong-issuer' | 'bad-signature' | 'rolled-back' | 'contradicts' | 'incomplete';
      readonly check: string;
      readonly message: string;
    };

/** @param input.lastNumber the highest cRLNumber of this CA seen before, where any was. */
export function verifyCrl(input: {
  crl: Uint8Array;
  caCertificate: Uint8Array | CaCertificate;
  at: number;
  lastNumber?: number | undefined;
}): CrlVerification {
  try {
    const { caCertificate } = input;
    const ca = ArrayBuffer.isView(caCertificate) ? parseCaCertificate(caCertificate) : caCertificate;
    return verifyRead(readCrl(input.crl), ca, input);
  } catch (error) {
    if (!(error instanceof LiaisonError) || error.code === 'usage') throw error;
    return { outcome: 'malformed', check: 'CRL-01', message: `The revocation list is not valid: ${error.message}` };
  }
}

/** True where the list is of the certificate's CA and names it. */
export function isRevoked(crl: RevocationList, certificate: { serial: string; issuerKeyId: Uint8Array }): boolean {
  return equalBytes(crl.issuerKeyId, certificate.issuerKeyId) && crl.revoked.has(certificate.serial);
}

/** By how much the clocks of those who sign and read lists may differ. */
export const CLOCKS_APART_MS = 5 * 60 * 1000;

interface ReadCrl {
  readonly crl: RevocationList;
  readonly signed: SignedStructure;
  readonly issuerName: Uint8Array;
}

function verifyRead(
  { crl, signed, issuerName }: ReadCrl,
  ca: CaCertificate,
  { at, lastNumber }: { at: number; lastNumber?: number | undefined },
): CrlVerification {
  if (!equalBytes(issuerName, ca.name) || !equalBytes(crl.issuerKeyId, ca.keyId)) {
    return { outcome: 'wrong-issuer', check: 'CRL-02', message: 'The revocation list is from another CA.' };
  }
  if (!isSignedBy(signed, ca.publicKey)) {
    const message = 'The signature on the revocation list does not verify.';
    return { outcome: 'bad-signature', check: 'CRL-03', message };
  }
  if (lastNumber !== undefined && crl.number < lastNumber) {
    return { outcome: 'rolled-back', check: 'CRL-04', message: 'The revocation list is older than one seen before.' };
  }
  if (at < crl.thisUpdate - CLOCKS_APART_MS) {
    return { outcome: 'not-yet-valid', check: 'CRL-05', message: 'The revocation list is from the future.', crl };
  }
  if (at > crl.nextUpdate) {
    return { outcome: 'expired', check: 'CRL-06', message: 'The revocation list is out of date.', crl };
  }
  return { outcome: 'ok', crl };
}

function readCrl(der: Uint8Array): ReadCrl {
  const signed = readSigned(der);
  const [version, algorithm, issuer, thisUpdate, nextUpdate, ...rest] = signed.members;
  const entries = rest.length === 2 ? readMembers(expectTag(rest[0], TAG.sequence)) : [];
  if (toHex(expectTag(version, TAG.integer).content) !== '01' || rest.length < 1 || rest.length > 2) {
    throw malformedDer('It is not a version 2 revocation list of RFC 5280.');
  }
  requireEd25519(algorithm);
  if (thisUpdate === undefined || nextUpdate === undefined) throw malformedDer('It lacks its times.');
  const extensions = readExtensions(rest.at(-1), 0);
  const crl = {
    issuerKeyId: readAuthorityKeyIdentifier(extensions),
    number: readNumber(requireExtension(extensions, 'crlNumber').value),
    thisUpdate: readTime(thisUpdate),
    nextUpdate: readTime(nextUpdate),
    revoked: new Map(entries.map(readRevocation).map((entry) => [entry.serial, entry] as const)),
    digest: sha256(der),
  };
  return { crl, signed, issuerName: expectTag(issuer, TAG.sequence).whole };
}

function writeRevocation({ serial, revokedAt, reason, invalidSince }: Revocation): Uint8Array {
  const code = reason === undefined ? undefined : Uint8Array.of(REVOCATION_REASONS[reason]);
  const written = [
    ...(code === undefined ? [] : [writeExtension('reasonCode', false, writeElement(TAG.enumerated, code))]),
    ...(invalidSince === undefined
      ? []
      : [writeExtension('invalidityDate', false, writeGeneralizedTime(invalidSince))]),
  ];
  const extensions = written.length === 0 ? [] : [writeSequence(...written)];
  if (!/^([0-7][0-9a-f])([0-9a-f]{2}){0,19}$/.test(serial)) {
    throw new LiaisonError(
      'usage',
      'A serial number is the lower-case hex of a positive number, as certificates give it.',
    );
  }
  return writeSequence(writeSerial(serial), writeTime(revokedAt), ...extensions);
}

function readRevocation(element: DerElement): Revocation {
  const [serial, revokedAt, extensions, ...rest] = readMembers(expectTag(element, TAG.sequence));
  if (revokedAt === undefined || rest.length > 0) throw malformedDer('An entry in it is not of the form of RFC 5280.');
  const circumstances = extensions === undefined ? {} : readCircumstances(readExtensionList(extensions));
  return { serial: readSerial(serial), revokedAt: readTime(revokedAt), ...circumstances };
}

function readCircumstances(extensions: ReadonlyMap<OidName, Extension>): Pick<Revocation, 'reason' | 'invalidSince'> {
  const reason = readReason(extensions);
  const since = extensions.get('invalidityDate')?.value;
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(since === undefined ? {} : { invalidSince: readGeneralizedTime(readDer(since, TAG.generalizedTime)) }),
  };
}

/** A reason that is not in {@link REVOCATION_REASONS} still revokes. */
function readReason(extensions: ReadonlyMap<OidName, Extension>): RevocationReason | undefined {
  const value = extensions.get('reasonCode')?.value;
  if (value === undefined) return undefined;
  const [code] = readDer(value, TAG.enumerated).content;
  return (Object.keys(REVOCATION_REASONS) as RevocationReason[]).find((name) => REVOCATION_REASONS[name] === code);
}

function readNumber(value: Uint8Array): number {
  const number = readDer(value, TAG.integer).content.reduce((sum, octet) => sum * 256 + octet, 0);
  if (!Number.isSafeInteger(number) || toHex(writeInteger(number)) !== toHex(value)) {
    throw malformedDer('Its number is not of the form of RFC 5280.');
  }
  return number;
}
