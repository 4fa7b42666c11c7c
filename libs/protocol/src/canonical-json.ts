import canonicalize from 'canonicalize';
import { LiaisonError } from './errors.js';

/** JSON.stringify writes a lone surrogate as an escape; nothing else it writes begins with an unescaped `\\ud8` to `\\udf`. */
const LONE_SURROGATE = /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/;

/** Values that canonical JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * RFC 8785 (JCS) text. Members that are `undefined` are left out.
 * @throws LiaisonError `malformed` for what JSON cannot carry (NaN, infinities, lone surrogates).
 */
export function canonicalJson(value: Json): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    throw new LiaisonError('malformed', 'This value has no canonical JSON form.', { cause });
  }
  if (text === undefined || LONE_SURROGATE.test(text)) throw new LiaisonError('malformed', 'This value has no canonical JSON form.');
  return text;
}

/**
 * Parses text that must already be canonical, so that equal values have equal bytes and equal hashes.
 * @throws LiaisonError `malformed`, check PRO-01.
 */
export function parseCanonicalJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LiaisonError('malformed', 'This is not JSON.', { check: 'PRO-01' });
  }
  if (canonicalJson(value as Json) !== text) {
    throw new LiaisonError('malformed', 'This JSON is not in canonical form (RFC 8785).', { check: 'PRO-01' });
  }
  return value;
}
