import { ContactPointId, equalBytes, LiaisonError, type RandomSource } from '#liaison/protocol';
import { malformedDer, TAG, writeElement, writeInteger, writeSequence } from './der.js';
import type { Signer } from './signing.js';
import { readTbsCertificate, type TbsCertificate, type Validity, writeTbsCertificate } from './tbs-certificate.js';
import { isSignedBy, keyIdentifierOf, newSerial, readSigned, writeSigned } from './x509.js';
import {
  authorityKeyIdentifier,
  readAuthorityKeyIdentifier,
  requireCritical,
  requireExtension,
  subjectKeyIdentifier,
  writeExtension,
} from './x509-extensions.js';
import { readCommonName, readUriName, requirePersonalName, writeCaName, writeUriName } from './x509-names.js';

/** What signs a contact point's device certificates and revocation lists: held by its administrators, in a sealed file or on a token. */
export interface CertificateAuthority<K extends Signer = Signer> {
  /** DER of the self-signed certificate: public, carried by the roster. */
  readonly certificate: Uint8Array;
  readonly key: K;
}

/** A CA certificate that was read and whose own signature was verified. Trust in it comes from the roster alone. */
export interface CaCertificate extends Validity {
  readonly der: Uint8Array;
  readonly contactPoint: ContactPointId;
  readonly commonName: string;
  readonly publicKey: Uint8Array;
  readonly keyId: Uint8Array;
  /** DER of the subject name, which its certificates name as issuer. */
  readonly name: Uint8Array;
}

/** CA true, no further CA below it. */
const BASIC_CONSTRAINTS = writeSequence(writeElement(TAG.boolean, Uint8Array.of(0xff)), writeInteger(0));
/** keyCertSign and cRLSign: bits 5 and 6. */
const KEY_USAGE = writeElement(TAG.bitString, Uint8Array.of(1, 0x06));

/** Self-signed CA certificate of a contact point (RFC 5280, RFC 8410): docs/spec/certificates.md. */
export function createCertificateAuthority<K extends Signer>(
  input: Validity & { contactPoint: ContactPointId; commonName: string; key: K; random: RandomSource },
): CertificateAuthority<K> {
  requirePersonalName(input.commonName, 'usage');
  const name = writeCaName(input.contactPoint, input.commonName);
  const tbs = writeTbsCertificate({
    serial: newSerial(input.random),
    issuer: name,
    subject: name,
    notBefore: input.notBefore,
    notAfter: input.notAfter,
    publicKey: input.key.publicKey,
    extensions: [
      writeExtension('basicConstraints', true, BASIC_CONSTRAINTS),
      writeExtension('keyUsage', true, KEY_USAGE),
      writeExtension('subjectAltName', false, writeUriName(`urn:liaison:${input.contactPoint}`)),
      subjectKeyIdentifier(input.key.publicKey),
      authorityKeyIdentifier(input.key.publicKey),
    ],
  });
  return { certificate: writeSigned(tbs, input.key), key: input.key };
}

/**
 * Reads a CA certificate and verifies that it signed itself.
 * @throws LiaisonError `malformed` (CRT-01 to CRT-04, CRT-14), `bad-signature` (CRT-07).
 */
export function parseCaCertificate(der: Uint8Array): CaCertificate {
  const signed = readSigned(der);
  const tbs = readTbsCertificate(signed.members);
  if (!isSignedBy(signed, tbs.publicKey)) {
    throw new LiaisonError('bad-signature', 'The CA certificate is not signed by its own key.', { check: 'CRT-07' });
  }
  const { contactPoint, commonName } = readCaNames(tbs);
  const keyId = keyIdentifierOf(tbs.publicKey);
  requireCritical(tbs.extensions, 'basicConstraints', BASIC_CONSTRAINTS);
  requireCritical(tbs.extensions, 'keyUsage', KEY_USAGE);
  if (!equalBytes(readAuthorityKeyIdentifier(tbs.extensions), keyId)) {
    throw malformedDer('It is not a self-signed CA certificate.', 'CRT-14');
  }
  const { notBefore, notAfter, publicKey } = tbs;
  return { der, contactPoint, commonName, publicKey, keyId, name: tbs.subject.whole, notBefore, notAfter };
}

/** The CA certificate to issue under. @throws LiaisonError `usage` where the key is not the certificate's. */
export function issuerOf(ca: CertificateAuthority): CaCertificate {
  const issuer = parseCaCertificate(ca.certificate);
  if (!equalBytes(issuer.publicKey, ca.key.publicKey)) {
    throw new LiaisonError('usage', 'This key is not the key of this CA certificate.');
  }
  return issuer;
}

function readCaNames(tbs: TbsCertificate): { contactPoint: ContactPointId; commonName: string } {
  const contactPoint = ContactPointId.safeParse(readUriName(requireExtension(tbs.extensions, 'subjectAltName')));
  if (!contactPoint.success) throw malformedDer('It does not name a contact point.', 'CRT-03');
  const commonName = readCommonName(tbs.subject);
  const name = writeCaName(contactPoint.data, commonName);
  if (!equalBytes(name, tbs.subject.whole) || !equalBytes(name, tbs.issuer.whole)) {
    throw malformedDer('Its names contradict each other.', 'CRT-14');
  }
  return { contactPoint: contactPoint.data, commonName };
}
