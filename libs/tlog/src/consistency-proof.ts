import { equalBytes, LiaisonError } from '#liaison/protocol';
import { type NodeReader, readRanges } from './node-reader.js';
import { HASH_BYTES, sodiumTreeHashing, type TreeHashing } from './tree-hash.js';
import { isCount, isPowerOfTwo, type LeafRange, splitPoint } from './tree-math.js';

/**
 * Proof that the first `oldSize` leaves are still what they were (RFC 6962 section 2.1.2, RFC 9162 section 2.1.4.1).
 * Empty where the old size is 0 or the new one. The reader is not trusted: verify what comes out.
 * @throws LiaisonError `usage` where the tree shrinks; what `readNode` throws.
 */
export async function makeConsistencyProof(
  { oldSize, newSize }: { readonly oldSize: number; readonly newSize: number },
  readNode: NodeReader,
  hashing: TreeHashing = sodiumTreeHashing,
): Promise<Uint8Array[]> {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) {
    throw new LiaisonError('usage', 'A log never shrinks: the old size exceeds the new one.');
  }
  return oldSize === 0 ? [] : readRanges(consistencyRanges(oldSize, newSize), readNode, hashing);
}

function consistencyRanges(oldSize: number, newSize: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let begin = 0;
  let end = newSize;
  while (end !== oldSize) {
    const middle = begin + splitPoint(end - begin);
    if (oldSize <= middle) {
      ranges.push({ begin: middle, end });
      end = middle;
    } else {
      ranges.push({ begin, end: middle });
      begin = middle;
    }
  }
  // Where the old tree is one of the new tree's own subtrees, the verifier holds its hash already.
  if (begin > 0) ranges.push({ begin, end });
  return ranges.reverse();
}

export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * RFC 9162 section 2.1.4.2. False, never an error, for whatever another party may send; false also for an old size of
 * 0, from which everything follows and nothing is proved.
 */
export function verifyConsistency(claim: ConsistencyClaim, hashing: TreeHashing = sodiumTreeHashing): boolean {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim;
  if (!isCount(oldSize) || !isCount(newSize) || oldSize === 0 || oldSize > newSize) return false;
  if ([oldRoot, newRoot, ...proof].some((hash) => hash.length !== HASH_BYTES)) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (proof.length === 0 || first === undefined) return false;
  const roots = climb({ node: oldSize - 1, last: newSize - 1, first, rest }, hashing);
  return roots !== undefined && equalBytes(roots.oldRoot, oldRoot) && equalBytes(roots.newRoot, newRoot);
}

function climb(
  start: { node: number; last: number; first: Uint8Array; rest: readonly Uint8Array[] },
  hashing: TreeHashing,
): { readonly oldRoot: Uint8Array; readonly newRoot: Uint8Array } | undefined {
  let { node, last } = start;
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  let oldRoot = start.first;
  let newRoot = start.first;
  for (const hash of start.rest) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      oldRoot = hashing.nodeHash(hash, oldRoot);
      newRoot = hashing.nodeHash(hash, newRoot);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      newRoot = hashing.nodeHash(newRoot, hash);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? { oldRoot, newRoot } : undefined;
}
