import { concatBytes, LiaisonError, toHex, utf8 } from '#liaison/protocol';
import { isSigningPublicKey, sha256 } from '#liaison/crypto';
import { fromBase64, toBase64 } from './base64.js';

/** Signature types of C2SP signed-note: Ed25519 over the note, and a witness's timestamped cosignature (tlog-cosignature v1). */
export const SIGNATURE_TYPES = { log: 0x01, witness: 0x04 } as const;
export type SignerRole = keyof typeof SIGNATURE_TYPES;

/** A public key that notes are verified with. Name and key id together say which signature lines are its. */
export interface VerifierKey {
  readonly role: SignerRole;
  readonly name: string;
  /** 8 hex digits: the start of SHA-256(name || 0x0A || type || public key). */
  readonly keyId: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

const LONGEST_NAME = 255;

/** Not empty; without plus, white space, control characters or halves of a surrogate pair. */
export function isKeyName(name: string): boolean {
  return name.length <= LONGEST_NAME && name.isWellFormed() && /^[^\s+\p{Cc}\p{Z}]+$/u.test(name);
}

/** @throws LiaisonError `malformed` (LOG-20): a name that cannot stand in a note, a public key that is not usable. */
export function verifierKey(role: SignerRole, name: string, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw malformed('Its name is empty, too long, or holds a space or a plus.');
  if (!isSigningPublicKey(publicKey)) throw malformed('It is not a usable Ed25519 key.');
  return { role, name, keyId: keyIdOf(role, name, publicKey), publicKey };
}

function keyIdOf(role: SignerRole, name: string, publicKey: Uint8Array): string {
  return toHex(sha256(concatBytes(utf8(name), Uint8Array.of(0x0a, SIGNATURE_TYPES[role]), publicKey)).subarray(0, 4));
}

/** The vkey form `<name>+<key id>+<base64 of type and key>`. */
export function encodeVerifierKey({ role, name, keyId, publicKey }: VerifierKey): string {
  return `${name}+${keyId}+${toBase64(concatBytes(Uint8Array.of(SIGNATURE_TYPES[role]), publicKey))}`;
}

/** @throws LiaisonError `malformed` (LOG-20). */
export function decodeVerifierKey(vkey: string): VerifierKey {
  // Base64 may hold a plus, names may not: the first two split the key.
  const [, name, keyId, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
  if (name === undefined || encoded === undefined) throw malformed('It is not of the form name+id+key.');
  const material = fromBase64(encoded, 'LOG-20');
  const role = roleOf(material[0]);
  if (role === undefined) throw malformed('It is of a type that is not used here.');
  const key = verifierKey(role, name, material.slice(1));
  if (key.keyId !== keyId) throw malformed('Its id does not belong to its name and key.');
  return key;
}

function roleOf(type: number | undefined): SignerRole | undefined {
  if (type === SIGNATURE_TYPES.log) return 'log';
  return type === SIGNATURE_TYPES.witness ? 'witness' : undefined;
}

function malformed(why: string): LiaisonError {
  return new LiaisonError('malformed', `This verifier key is not valid. ${why}`, { check: 'LOG-20' });
}
