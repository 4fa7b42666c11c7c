import { LiaisonError } from '#liaison/protocol';
import { EMPTY_ROOT, sodiumTreeHashing, type TreeHashing } from './tree-hash.js';
import { type LeafRange, rangeNodes, requireCount, type TreeNode } from './tree-math.js';

/**
 * What stands for a run of leaves: the hashes of the fewest perfect subtrees that cover it, left to right. From 0 it is
 * the right edge of a tree: all that is needed to append to it, at most 53 hashes.
 */
export interface CompactRange extends LeafRange {
  readonly hashes: readonly Uint8Array[];
}

export function emptyRange(begin = 0): CompactRange {
  requireCount('begin of a range', begin);
  return { begin, end: begin, hashes: [] };
}

/** The range with these leaves behind it. */
export function appendLeaves(
  range: CompactRange,
  leafHashes: readonly Uint8Array[],
  hashing: TreeHashing = sodiumTreeHashing,
): CompactRange {
  const hashes = [...range.hashes];
  leafHashes.forEach((hash, offset) => {
    pushNode({ hashes, begin: range.begin }, { level: 0, index: range.end + offset }, hash, hashing);
  });
  return { begin: range.begin, end: range.end + leafHashes.length, hashes };
}

/** @throws LiaisonError `usage` where `right` does not begin at the end of `left`. */
export function mergeRanges(
  left: CompactRange,
  right: CompactRange,
  hashing: TreeHashing = sodiumTreeHashing,
): CompactRange {
  if (left.end !== right.begin) throw new LiaisonError('usage', 'Only neighbouring ranges can be merged.');
  const hashes = [...left.hashes];
  rangeNodes(right).forEach((node, place) => {
    pushNode({ hashes, begin: left.begin }, node, required(right.hashes[place]), hashing);
  });
  return { begin: left.begin, end: right.end, hashes };
}

/** Root of the tree whose leaves are this range. @throws LiaisonError `usage` where it does not begin at 0. */
export function rangeRoot(range: CompactRange, hashing: TreeHashing = sodiumTreeHashing): Uint8Array {
  if (range.begin !== 0) throw new LiaisonError('usage', 'Only a range that begins at 0 has a root.');
  return hashRow(range.hashes, hashing) ?? EMPTY_ROOT;
}

/** Hash of perfect subtrees of falling size, of which each but the last is at least as large as all behind it. */
export function hashRow(hashes: readonly Uint8Array[], hashing: TreeHashing): Uint8Array | undefined {
  return hashes.reduceRight<Uint8Array | undefined>(
    (right, left) => (right === undefined ? left : hashing.nodeHash(left, right)),
    undefined,
  );
}

/** While the new node is a right child and its sibling is in the range, the sibling is the last hash: the two become one. */
function pushNode(
  range: { readonly hashes: Uint8Array[]; readonly begin: number },
  node: TreeNode,
  hash: Uint8Array,
  hashing: TreeHashing,
): void {
  let { index } = node;
  let width = 2 ** node.level;
  let top = hash;
  while (index % 2 === 1 && (index - 1) * width >= range.begin) {
    top = hashing.nodeHash(required(range.hashes.pop()), top);
    index = (index - 1) / 2;
    width *= 2;
  }
  range.hashes.push(top);
}

function required(hash: Uint8Array | undefined): Uint8Array {
  if (hash === undefined) throw new LiaisonError('usage', 'This range lacks a hash for its size.');
  return hash;
}
