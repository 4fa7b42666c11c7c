import * as z from 'zod';
import { compact, leafType } from '../field-type.js';

/** `algorithm:hex`, lower case. A bare digest is named by its length. */
const BY_LENGTH = new Map([
  [32, 'md5'],
  [40, 'sha-1'],
  [64, 'sha-256'],
  [96, 'sha-384'],
  [128, 'sha-512'],
]);

/** The digest of a file: MD5 and SHA-1 only to find what others hold, never as proof. Perceptual: `pdq:…`. */
export const hash = leafType({
  id: 'hash',
  schema: () =>
    z
      .string()
      .regex(
        /^(md5:[0-9a-f]{32}|sha-1:[0-9a-f]{40}|(sha-256|sha3-256|blake2b-256|pdq):[0-9a-f]{64}|sha-384:[0-9a-f]{96}|(sha-512|sha3-512):[0-9a-f]{128})$/,
      ),
  normalise: (typed) => {
    if (typeof typed === 'string' && typed.includes(':')) return typed.trim().toLowerCase();
    const digest = compact(typed);
    if (typeof digest !== 'string') return typed;
    return `${BY_LENGTH.get(digest.length) ?? ''}:${digest.toLowerCase()}`;
  },
  show: (value) => ({ text: value, direction: 'ltr' }),
});
