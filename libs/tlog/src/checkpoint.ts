import { LiaisonError } from '#liaison/protocol';
import type { SigningKey } from '#liaison/crypto';
import { fromBase64, parseDecimal, toBase64 } from './base64.js';
import { encodeNote, signNote } from './signed-note.js';
import { HASH_BYTES } from './tree-hash.js';

/** What a log says of its tree (C2SP tlog-checkpoint): docs/spec/checkpoint.md. */
export interface Checkpoint {
  /** Names the log for ever. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Our hub writes none. */
  readonly extensions: readonly string[];
}

/** The text of the note. @throws LiaisonError `usage` for what cannot be written as lines. */
export function encodeCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, String(size), toBase64(root), ...extensions];
  const text = `${lines.join('\n')}\n`;
  const fits = lines.every((line) => line !== '' && !line.includes('\n'));
  if (fits && root.length === HASH_BYTES && Number.isSafeInteger(size) && size >= 0) return text;
  throw new LiaisonError('usage', 'This checkpoint cannot be written: a line is empty or a number out of range.');
}

/**
 * Reads the text of a note without verifying it: `verifyCheckpoint` does.
 * @throws LiaisonError `malformed` (LOG-02).
 */
export function decodeUntrustedCheckpoint(text: string): Checkpoint {
  const [origin, sizeLine, rootLine, ...extensions] = text.endsWith('\n') ? text.slice(0, -1).split('\n') : [];
  const size = parseDecimal(sizeLine ?? '');
  if (origin === undefined || origin === '' || size === undefined || extensions.includes('')) {
    throw malformed('It lacks its origin or its size, or has an empty line.');
  }
  const root = fromBase64(rootLine ?? '', 'LOG-02');
  if (root.length !== HASH_BYTES) throw malformed('Its root is not a SHA-256 hash.');
  return { origin, size, root, extensions };
}

function malformed(why: string): LiaisonError {
  return new LiaisonError('malformed', `This is not a checkpoint. ${why}`, { check: 'LOG-02' });
}

/** A signed note. The keys' name is the origin. @param logKeys one, or where the key is being changed both. */
export function signCheckpoint(checkpoint: Checkpoint, ...logKeys: readonly SigningKey[]): string {
  const text = encodeCheckpoint(checkpoint);
  return encodeNote({ text, signatures: logKeys.map((key) => signNote(text, checkpoint.origin, key)) });
}

/** How the log of a hub is called: its origin without the scheme, and the path of the log (C2SP tlog-tiles). */
export function logOrigin(hubOrigin: string): string {
  return `${hubOrigin.replace(/^https?:\/\//, '')}/v1/log`;
}
