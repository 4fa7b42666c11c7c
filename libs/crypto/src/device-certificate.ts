import {
  canonicalJson,
  Classification,
  contactPointOf,
  type ContactPointId,
  DeviceAddress,
  DUTIES,
  Duty,
  equalBytes,
  fromUtf8,
  LiaisonError,
  parseCanonicalJson,
  type RandomSource,
} from '#liaison/protocol';
import * as z from 'zod';
import { type CaCertificate, type CertificateAuthority, issuerOf } from './certificate-authority.js';
import { malformedDer, readDer, TAG, writeElement, writeUtf8String } from './der.js';
import { isSigningPublicKey } from './signing.js';
import { readTbsCertificate, type TbsCertificate, type Validity, writeTbsCertificate } from './tbs-certificate.js';
import { newSerial, readSigned, type SignedStructure, writeSigned } from './x509.js';
import {
  authorityKeyIdentifier,
  readAuthorityKeyIdentifier,
  requireCritical,
  requireExtension,
  subjectKeyIdentifier,
  writeExtension,
} from './x509-extensions.js';
import { readCommonName, readUriName, requirePersonalName, writeDeviceName, writeUriName } from './x509-names.js';

/** The longest a device certificate may be valid. */
export const DEVICE_CERTIFICATE_DAYS = 180;
const LONGEST = DEVICE_CERTIFICATE_DAYS * 24 * 60 * 60 * 1000;

/** What a device certificate says, read but not verified. */
export interface DeviceCertificate extends Validity {
  readonly device: DeviceAddress;
  readonly officerName: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly clearance: Classification;
  /** At least one; each once, in the order of {@link DUTIES}. */
  readonly duties: readonly Duty[];
  /** Lower-case hex. */
  readonly serial: string;
  /** Key identifier of the CA, 20 bytes. */
  readonly issuerKeyId: Uint8Array;
}

/** digitalSignature: bit 0. */
const KEY_USAGE = writeElement(TAG.bitString, Uint8Array.of(7, 0x80));

const Authorization = z.strictObject({ clearance: Classification, duties: z.array(Duty).min(1) });

/**
 * Device certificate (RFC 5280, RFC 8410): docs/spec/certificates.md.
 * @returns DER.
 * @throws LiaisonError `usage` for a validity beyond 180 days, a foreign device, an unusable key or name.
 */
export function issueDeviceCertificate(
  input: Validity & {
    ca: CertificateAuthority;
    device: DeviceAddress;
    devicePublicKey: Uint8Array;
    officerName: string;
    clearance: Classification;
    duties: readonly Duty[];
    random: RandomSource;
  },
): Uint8Array {
  const issuer = issuerOf(input.ca);
  requireIssuable(input, issuer);
  const tbs = writeTbsCertificate({
    serial: newSerial(input.random),
    issuer: issuer.name,
    subject: writeDeviceName(issuer.contactPoint, input.officerName, input.device),
    notBefore: input.notBefore,
    notAfter: input.notAfter,
    publicKey: input.devicePublicKey,
    extensions: [
      writeExtension('keyUsage', true, KEY_USAGE),
      writeExtension('subjectAltName', false, writeUriName(`urn:liaison:${input.device}`)),
      writeExtension('authorization', false, writeAuthorization(input.clearance, input.duties)),
      subjectKeyIdentifier(input.devicePublicKey),
      authorityKeyIdentifier(issuer.publicKey),
    ],
  });
  return writeSigned(tbs, input.ca.key);
}

/**
 * Reads without verifying.
 * @throws LiaisonError `malformed`, CRT-01 to CRT-05.
 */
export function parseDeviceCertificate(der: Uint8Array): DeviceCertificate {
  return readSignedDeviceCertificate(der).certificate;
}

/** {@link parseDeviceCertificate} with what verification needs beside it. */
export function readSignedDeviceCertificate(der: Uint8Array): {
  readonly certificate: DeviceCertificate;
  readonly signed: SignedStructure;
  readonly issuerName: Uint8Array;
} {
  const signed = readSigned(der);
  const tbs = readTbsCertificate(signed.members);
  requireCritical(tbs.extensions, 'keyUsage', KEY_USAGE);
  if (tbs.extensions.has('basicConstraints')) throw malformedDer('A device certificate is not a CA.', 'CRT-04');
  const certificate = {
    ...readDevice(tbs),
    ...readAuthorization(requireExtension(tbs.extensions, 'authorization').value),
    publicKey: tbs.publicKey,
    notBefore: tbs.notBefore,
    notAfter: tbs.notAfter,
    serial: tbs.serial,
    issuerKeyId: readAuthorityKeyIdentifier(tbs.extensions),
  };
  return { certificate, signed, issuerName: tbs.issuer.whole };
}

/** Whether the certificate's validity is within the 180 days that the community allows. */
export function isWithinLongestValidity({ notBefore, notAfter }: Validity): boolean {
  return notAfter - notBefore <= LONGEST;
}

function requireIssuable(
  input: Validity & { device: DeviceAddress; devicePublicKey: Uint8Array; officerName: string },
  issuer: { contactPoint: ContactPointId } & Pick<CaCertificate, 'notAfter'>,
): void {
  requirePersonalName(input.officerName, 'usage');
  const fault =
    contactPointOf(input.device) !== issuer.contactPoint
      ? 'A CA issues certificates for its own contact point alone.'
      : !isWithinLongestValidity(input)
        ? `A device certificate is valid for at most ${DEVICE_CERTIFICATE_DAYS} days.`
        : !isSigningPublicKey(input.devicePublicKey)
          ? 'The device public key is not a usable Ed25519 key.'
          : undefined;
  if (fault !== undefined) throw new LiaisonError('usage', fault);
}

function readDevice(tbs: TbsCertificate): { device: DeviceAddress; officerName: string } {
  const device = DeviceAddress.safeParse(readUriName(requireExtension(tbs.extensions, 'subjectAltName')));
  if (!device.success) throw malformedDer('It does not name a device.', 'CRT-03');
  const officerName = readCommonName(tbs.subject);
  const subject = writeDeviceName(contactPointOf(device.data), officerName, device.data);
  if (!equalBytes(subject, tbs.subject.whole)) {
    throw malformedDer('Its subject and its subject alternative name contradict each other.', 'CRT-03');
  }
  return { device: device.data, officerName };
}

/** DER UTF8String holding the canonical JSON `{"clearance":"SECRET","duties":["officer"]}`. */
function writeAuthorization(clearance: Classification, duties: readonly Duty[]): Uint8Array {
  return writeUtf8String(canonicalJson({ clearance, duties: DUTIES.filter((duty) => duties.includes(duty)) }));
}

function readAuthorization(value: Uint8Array): z.infer<typeof Authorization> {
  try {
    const authorization = Authorization.parse(parseCanonicalJson(fromUtf8(readDer(value, TAG.utf8String).content)));
    if (equalBytes(writeAuthorization(authorization.clearance, authorization.duties), value)) return authorization;
  } catch {
    // All the ways to be wrong have one answer, below.
  }
  throw malformedDer('Its clearance and duties are not of the documented form.', 'CRT-05');
}
