import { LiaisonError } from './errors.js';

/** Values that canonical JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Deeper than any structure of ours; refuses a nesting bomb before the stack ends. */
const DEEPEST = 32;

/**
 * RFC 8785 (JCS) text: members sorted by UTF-16 code units, ECMAScript's own forms of strings and numbers.
 * Members that are `undefined` are left out.
 * @throws LiaisonError `malformed` for what JSON cannot carry (NaN, infinities, lone surrogates) and for nesting beyond 32.
 */
export function canonicalJson(value: Json): string {
  return write(value, 0);
}

/**
 * Parses text that must already be canonical, so that equal values have equal bytes and equal hashes.
 * @throws LiaisonError `malformed`, check PRO-01.
 */
export function parseCanonicalJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new LiaisonError('malformed', 'This is not JSON.', { check: 'PRO-01' });
  }
  if (!isPlainlyCanonical(value, text) && canonicalJson(value) !== text) {
    throw new LiaisonError('malformed', 'This JSON is not in canonical form (RFC 8785).', { check: 'PRO-01' });
  }
  return value;
}

/**
 * A quick look that suffices for nearly all texts: what was parsed keeps the order of the text, so it is canonical where the
 * engine writes the same text and members are sorted. Escapes are left to the long way, for surrogates stand among them.
 */
function isPlainlyCanonical(value: Json, text: string): boolean {
  return isSorted(value, 0) && !text.includes('\\u') && JSON.stringify(value) === text;
}

function isSorted(value: Json | undefined, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > DEEPEST) return false;
  if (isArray(value)) return value.every((item) => isSorted(item, depth + 1));
  let last: string | undefined;
  for (const key of Object.keys(value)) {
    if ((last !== undefined && key <= last) || !isSorted(value[key], depth + 1)) return false;
    last = key;
  }
  return true;
}

function write(value: Json, depth: number): string {
  if (depth > DEEPEST) throw new LiaisonError('malformed', 'This value is nested too deeply.', { check: 'PRO-01' });
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return writeNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  return writeObject(value, depth);
}

function writeObject(value: { readonly [key: string]: Json | undefined }, depth: number): string {
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${writeString(key)}:${write(member, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

function writeString(value: string): string {
  if (!value.isWellFormed())
    throw new LiaisonError('malformed', 'This text holds half of a surrogate pair.', { check: 'PRO-01' });
  return JSON.stringify(value);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value))
    throw new LiaisonError('malformed', 'JSON cannot carry NaN or an infinity.', { check: 'PRO-01' });
  return JSON.stringify(value);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
