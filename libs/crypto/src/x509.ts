import { concatBytes, equalBytes, type RandomSource, toHex } from '#liaison/protocol';
import {
  type DerElement,
  expectTag,
  malformedDer,
  readDer,
  readMembers,
  TAG,
  writeBitString,
  writeElement,
  writeSequence,
} from './der.js';
import { RememberedVerdicts } from './remembered-verdicts.js';
import { sha256 } from './sha256.js';
import { isSigningPublicKey, type Signer, signWhole, verifyWhole } from './signing.js';
import { freshBytes } from './sodium.js';

/** What certificates and revocation lists share (RFC 5280, with Ed25519 by RFC 8410). */

/** AlgorithmIdentifier of Ed25519: 1.3.101.112, no parameters (RFC 8410 section 3). */
export const ED25519 = writeSequence(writeElement(TAG.oid, Uint8Array.of(0x2b, 0x65, 0x70)));

/** A certificate or a revocation list, taken apart but not verified. */
export interface SignedStructure {
  /** The signed bytes: tbsCertificate or tbsCertList, whole. */
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  readonly members: readonly DerElement[];
}

export function writeSigned(tbs: Uint8Array, key: Signer): Uint8Array {
  return writeSequence(tbs, ED25519, writeBitString(signWhole(tbs, key)));
}

/** @throws LiaisonError `malformed` (CRT-01): not strict DER, bytes after the end, an algorithm other than Ed25519. */
export function readSigned(der: Uint8Array): SignedStructure {
  const [tbs, algorithm, signature, ...rest] = readMembers(readDer(der, TAG.sequence));
  const tbsElement = expectTag(tbs, TAG.sequence);
  const signatureBytes = bitStringOf(signature, 64);
  if (rest.length > 0) throw malformedDer('It has more parts than RFC 5280 knows.');
  requireEd25519(algorithm);
  return { tbs: tbsElement.whole, signature: signatureBytes, members: readMembers(tbsElement) };
}

const verified = new RememberedVerdicts();

/** One is verified at every look at it, and is the same each time. */
export function isSignedBy({ tbs, signature }: SignedStructure, publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  // Key and signature have these lengths: what is joined here can be taken apart in one way only.
  const name = toHex(sha256(concatBytes(publicKey, signature, tbs)));
  return verified.holds(name, () => verifyWhole(tbs, signature, publicKey));
}

export function requireEd25519(algorithm: DerElement | undefined): void {
  if (algorithm === undefined || !equalBytes(algorithm.whole, ED25519)) {
    throw malformedDer('It is not signed with Ed25519 (RFC 8410).');
  }
}

/** SubjectPublicKeyInfo of an Ed25519 key. */
export function writePublicKey(publicKey: Uint8Array): Uint8Array {
  return writeSequence(ED25519, writeBitString(publicKey));
}

export function readPublicKey(element: DerElement | undefined): Uint8Array {
  const [algorithm, key, ...rest] = readMembers(expectTag(element, TAG.sequence));
  requireEd25519(algorithm);
  const publicKey = bitStringOf(key, 32);
  if (rest.length > 0 || !isSigningPublicKey(publicKey)) {
    throw malformedDer('Its public key is not a usable Ed25519 key.', 'CRT-02');
  }
  return publicKey;
}

function bitStringOf(element: DerElement | undefined, bytes: number): Uint8Array {
  const { content } = expectTag(element, TAG.bitString);
  if (content.length !== bytes + 1 || content[0] !== 0) throw malformedDer('A key or signature has a wrong length.');
  return content.slice(1);
}

/** Key identifier: the first 20 octets of SHA-256 over the public key (RFC 7093 section 2, method 1). */
export function keyIdentifierOf(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, 20);
}

/** 32 hex digits: positive, never zero, and always 16 octets long in DER. */
export function newSerial(random: RandomSource): string {
  const bytes = freshBytes(random, 16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return toHex(bytes);
}

/** Hex of a serial number: 1 to 20 octets, positive (RFC 5280 section 4.1.2.2). */
export function readSerial(element: DerElement | undefined): string {
  const { content } = expectTag(element, TAG.integer);
  const [first, second] = content;
  const padded = first === 0 && (second === undefined || second < 0x80);
  if (first === undefined || first >= 0x80 || padded || content.length > 20) {
    throw malformedDer('Its serial number is not of the form of RFC 5280.', 'CRT-02');
  }
  return toHex(content);
}
