import type { Primitives } from './primitives.js';

const HASH_BYTES = 32;
const ZEROS = new Uint8Array(HASH_BYTES);

/** RFC 5869 section 2.2 with SHA-256. An empty salt counts as 32 zero bytes. */
export function hkdfExtract({ hmacSha256 }: Primitives, salt: Uint8Array, ikm: Uint8Array): Uint8Array {
  return hmacSha256(salt.length === 0 ? ZEROS : salt, ikm);
}

/** RFC 5869 section 2.3 with SHA-256. @param length at most 255 * 32 bytes. */
export function hkdfExpand({ hmacSha256 }: Primitives, prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const input = new Uint8Array(HASH_BYTES + info.length + 1);
  input.set(info, HASH_BYTES);
  input[input.length - 1] = 1;
  const first = hmacSha256(prk, input.subarray(HASH_BYTES));
  if (length <= HASH_BYTES) return length === HASH_BYTES ? first : first.slice(0, length);
  const output = new Uint8Array(Math.ceil(length / HASH_BYTES) * HASH_BYTES);
  output.set(first);
  for (let block = 1; block * HASH_BYTES < length; block += 1) {
    input.set(output.subarray((block - 1) * HASH_BYTES, block * HASH_BYTES));
    input[input.length - 1] = block + 1;
    output.set(hmacSha256(prk, input), block * HASH_BYTES);
  }
  return output.slice(0, length);
}
