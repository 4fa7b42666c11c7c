import { LiaisonError, utf8 } from '#liaison/protocol';

const PURPOSE = /^[a-z][a-z0-9-]*( [a-z0-9-]+)*$/;
const prefixes = new Map<string, Uint8Array>();

/**
 * What every hash, signature and key commitment of ours starts with: `liaison <purpose> v1` and a zero byte.
 * No purpose holds a zero byte, so no prefix is the beginning of another: bytes made for one purpose mean nothing to another.
 * @param purpose lower-case words, such as `record header`.
 * @throws LiaisonError `usage` for a purpose of another form.
 */
export function contextPrefix(purpose: string): Uint8Array {
  const known = prefixes.get(purpose);
  if (known !== undefined) return known;
  if (!PURPOSE.test(purpose)) throw new LiaisonError('usage', `Not a signing or hashing purpose: ${purpose}.`);
  const prefix = utf8(`liaison ${purpose} v1\0`);
  // Purposes are literals in the source, so the map stays small; the bound keeps a caller's mistake from growing it.
  if (prefixes.size < 256) prefixes.set(purpose, prefix);
  return prefix;
}
