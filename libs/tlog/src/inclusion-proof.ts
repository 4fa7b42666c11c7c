import { equalBytes, LiaisonError } from '#liaison/protocol';
import { type NodeReader, readRanges } from './node-reader.js';
import { HASH_BYTES, sodiumTreeHashing, type TreeHashing } from './tree-hash.js';
import { isCount, type LeafRange, splitPoint } from './tree-math.js';

/**
 * The audit path of a leaf (RFC 6962 section 2.1.1, RFC 9162 section 2.1.3.1): hashes from the leaf's sibling up to
 * the root's child. The reader is not trusted: verify what comes out.
 * @throws LiaisonError `usage` where the tree of this size has no such leaf; what `readNode` throws.
 */
export async function makeInclusionProof(
  { index, size }: { readonly index: number; readonly size: number },
  readNode: NodeReader,
  hashing: TreeHashing = sodiumTreeHashing,
): Promise<Uint8Array[]> {
  if (!isCount(index) || !isCount(size) || index >= size) {
    throw new LiaisonError('usage', 'The tree of this size has no such leaf.');
  }
  return readRanges(siblingRanges(index, size), readNode, hashing);
}

function siblingRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let begin = 0;
  let end = size;
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin);
    if (index < middle) {
      ranges.push({ begin: middle, end });
      end = middle;
    } else {
      ranges.push({ begin, end: middle });
      begin = middle;
    }
  }
  return ranges.reverse();
}

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** RFC 9162 section 2.1.3.2. False, never an error, for whatever another party may send. */
export function verifyInclusion(claim: InclusionClaim, hashing: TreeHashing = sodiumTreeHashing): boolean {
  const { index, size, leafHash, root, proof } = claim;
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if ([leafHash, root, ...proof].some((hash) => hash.length !== HASH_BYTES)) return false;
  let node = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    const isRightmost = node === last;
    if (node % 2 === 1 || isRightmost) {
      hash = hashing.nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = hashing.nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(hash, root);
}
