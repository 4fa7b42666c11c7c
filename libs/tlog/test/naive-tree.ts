import { createHash } from 'node:crypto';

/** RFC 6962 section 2.1 word for word, slowly: what the library is held against. */

const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

export const naiveLeaf = (entry: Uint8Array): Uint8Array => sha256(Uint8Array.of(0), entry);

function split(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

/** MTH, over leaf hashes. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return only;
  const k = split(leaves.length);
  return sha256(Uint8Array.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

/** PATH(m, D[n]). */
export function naivePath(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  if (index < k) return [...naivePath(index, leaves.slice(0, k)), naiveRoot(leaves.slice(k))];
  return [...naivePath(index - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}

/** SUBPROOF(m, D[n], b). */
export function naiveSubproof(size: number, leaves: readonly Uint8Array[], isWhole = true): Uint8Array[] {
  if (size === leaves.length) return isWhole ? [] : [naiveRoot(leaves)];
  const k = split(leaves.length);
  if (size <= k) return [...naiveSubproof(size, leaves.slice(0, k), isWhole), naiveRoot(leaves.slice(k))];
  return [...naiveSubproof(size - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))];
}
