import { concatBytes } from '#liaison/protocol';
import { libsodium } from './sodium.js';

/** SHA-256 (FIPS 180-4) over the concatenation of its arguments: 32 bytes. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

/** Works in browsers and Node; `sha256Node` of `index.node.ts` gives the same, faster. */
export const sha256: Sha256 = (...parts) => {
  const sodium = libsodium();
  const [only] = parts;
  return sodium.crypto_hash_sha256(parts.length === 1 && only !== undefined ? only : concatBytes(...parts));
};
