import { concatBytes, LiaisonError, toHex, utf8 } from '#liaison/protocol';
import { SIGNATURE_BYTES, type SigningKey, signWhole, verifyWhole } from '#liaison/crypto';
import { fromBase64, toBase64 } from './base64.js';
import { isKeyName, type VerifierKey, verifierKey } from './verifier-key.js';

/** Bounds of what is parsed: C2SP signed-note asks for at least 16 signatures. */
const LONGEST_NOTE = 256 * 1024;
const MOST_SIGNATURES = 600;
/** `— ` (U+2014): what a signature line begins with. */
const MARK = '\u2014 ';

export interface NoteSignature {
  readonly name: string;
  /** 8 hex digits. */
  readonly keyId: string;
  /** What follows the key id: 64 bytes of Ed25519, before them the time in a cosignature. */
  readonly signature: Uint8Array;
}

/** Text signed by one or more keys (C2SP signed-note). To be ignored until a signature is verified. */
export interface SignedNote {
  /** Ends in a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export function encodeNote({ text, signatures }: SignedNote): string {
  return `${text}\n${encodeSignatures(signatures)}`;
}

/** Signature lines alone: what a witness answers. */
export function encodeSignatures(signatures: readonly NoteSignature[]): string {
  return signatures.map(encodeSignature).join('');
}

function encodeSignature({ name, keyId, signature }: NoteSignature): string {
  return `${MARK}${name} ${toBase64(concatBytes(keyIdBytes(keyId), signature))}\n`;
}

function keyIdBytes(keyId: string): Uint8Array {
  return Uint8Array.from({ length: 4 }, (_, place) => Number.parseInt(keyId.slice(place * 2, place * 2 + 2), 16));
}

/** @throws LiaisonError `malformed` (LOG-01). */
export function decodeNote(note: string): SignedNote {
  if (note.length > LONGEST_NOTE) throw malformed('It is too long.');
  // C2SP signed-note: no ASCII control characters but line feeds.
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note)) throw malformed('It is not plain UTF-8 text.');
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) throw malformed('No blank line stands before its signatures.');
  return { text: note.slice(0, blank + 1), signatures: decodeSignatures(note.slice(blank + 2)) };
}

/** One or more signature lines. @throws LiaisonError `malformed` (LOG-01). */
export function decodeSignatures(lines: string): NoteSignature[] {
  if (!lines.endsWith('\n')) throw malformed('Its last line has no end.');
  const signatures = lines.slice(0, -1).split('\n');
  if (signatures.length > MOST_SIGNATURES) throw malformed('It has too many signatures.');
  return signatures.map(decodeSignature);
}

function decodeSignature(line: string): NoteSignature {
  const [name, encoded, ...rest] = line.startsWith(MARK) ? line.slice(MARK.length).split(' ') : [];
  if (name === undefined || encoded === undefined || rest.length > 0 || !isKeyName(name)) {
    throw malformed('A signature line is not of the form: dash, name, signature.');
  }
  const bytes = fromBase64(encoded, 'LOG-01');
  if (bytes.length < 5) throw malformed('A signature is too short.');
  return { name, keyId: toHex(bytes.subarray(0, 4)), signature: bytes.slice(4) };
}

function malformed(why: string): LiaisonError {
  return new LiaisonError('malformed', `This is not a signed note. ${why}`, { check: 'LOG-01' });
}

/** Whether the signature claims to be by this key. Name and id are no proof: verify it. */
export function isSignatureOf(key: VerifierKey, { name, keyId }: NoteSignature): boolean {
  return key.name === name && key.keyId === keyId;
}

/** Ed25519 over the text (type 0x01). The text begins with an origin, so the key must sign nothing but notes. */
export function signNote(text: string, name: string, key: SigningKey): NoteSignature {
  const { keyId } = verifierKey('log', name, key.publicKey);
  return { name, keyId, signature: signWhole(utf8(text), key) };
}

export function verifyNoteSignature(text: string, signature: NoteSignature, key: VerifierKey): boolean {
  if (key.role !== 'log' || !isSignatureOf(key, signature)) return false;
  const { length } = signature.signature;
  return length === SIGNATURE_BYTES && verifyWhole(utf8(text), signature.signature, key.publicKey);
}
