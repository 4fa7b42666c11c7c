import { LiaisonError } from '#liaison/protocol';
import {
  contextTag,
  type DerElement,
  expectTag,
  malformedDer,
  readMembers,
  readTime,
  TAG,
  writeElement,
  writeSequence,
  writeTime,
} from './der.js';
import { ED25519, readPublicKey, readSerial, requireEd25519, writePublicKey } from './x509.js';
import { type Extension, readExtensions, writeExtensions } from './x509-extensions.js';
import type { OidName } from './x509-oids.js';

/** From when until when, both included: milliseconds since 1970. Certificates carry whole seconds. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The tbsCertificate of RFC 5280 section 4.1, version 3, as read: names are still DER. */
export interface TbsCertificate extends Validity {
  /** Lower-case hex. */
  readonly serial: string;
  readonly issuer: DerElement;
  readonly subject: DerElement;
  readonly publicKey: Uint8Array;
  readonly extensions: ReadonlyMap<OidName, Extension>;
}

const VERSION_3 = writeElement(contextTag(0), writeElement(TAG.integer, Uint8Array.of(2)));

export function writeTbsCertificate(
  fields: Validity & {
    serial: string;
    issuer: Uint8Array;
    subject: Uint8Array;
    publicKey: Uint8Array;
    extensions: readonly Uint8Array[];
  },
): Uint8Array {
  return writeSequence(
    VERSION_3,
    writeSerial(fields.serial),
    ED25519,
    fields.issuer,
    writeValidity(fields),
    fields.subject,
    writePublicKey(fields.publicKey),
    writeExtensions(3, ...fields.extensions),
  );
}

export function readTbsCertificate(members: readonly DerElement[]): TbsCertificate {
  const [version, serial, algorithm, issuer, validity, subject, publicKey, extensions, ...rest] = members;
  const versionNumber = readMembers(expectTag(version, contextTag(0)));
  // Eight members exactly: the deprecated unique identifiers of issuer and subject are refused.
  if (versionNumber.length !== 1 || versionNumber[0]?.content[0] !== 2 || rest.length > 0) {
    throw malformedDer('It is not a version 3 certificate of RFC 5280.', 'CRT-02');
  }
  requireEd25519(algorithm);
  return {
    serial: readSerial(serial),
    issuer: expectTag(issuer, TAG.sequence),
    subject: expectTag(subject, TAG.sequence),
    ...readValidity(validity),
    publicKey: readPublicKey(publicKey),
    extensions: readExtensions(extensions, 3),
  };
}

/** @param serial lower-case hex, already a positive DER integer. */
export function writeSerial(serial: string): Uint8Array {
  const octets = serial.match(/../g) ?? [];
  return writeElement(
    TAG.integer,
    Uint8Array.from(octets, (octet) => parseInt(octet, 16)),
  );
}

function writeValidity({ notBefore, notAfter }: Validity): Uint8Array {
  if (!(notBefore <= notAfter)) throw new LiaisonError('usage', 'The validity ends before it begins.');
  return writeSequence(writeTime(notBefore), writeTime(notAfter));
}

function readValidity(element: DerElement | undefined): Validity {
  const [notBefore, notAfter, ...rest] = readMembers(expectTag(element, TAG.sequence));
  if (notBefore === undefined || notAfter === undefined || rest.length > 0) {
    throw malformedDer('Its validity is not of the form of RFC 5280.', 'CRT-02');
  }
  return { notBefore: readTime(notBefore), notAfter: readTime(notAfter) };
}
