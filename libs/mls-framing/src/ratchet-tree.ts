import type { GroupInfo } from 'ts-mls/groupInfo.js';
import { decodeRatchetTree, encodeRatchetTree, type Node, type RatchetTree } from 'ts-mls/ratchetTree.js';
import { equalBytes, LiaisonError, LIMITS } from '#liaison/protocol';
import { readLeaf, type Leaf } from './leaf-node.js';

/** Nodes of the smallest full tree that holds the largest channel. */
const MOST_NODES = 2 * 2 ** Math.ceil(Math.log2(LIMITS.membersPerChannel)) - 1;

/**
 * The `ratchet_tree` extension (RFC 9420 section 12.4.3.3), with what can be told without keys: leaves at even places and
 * parents at odd ones, unmerged leaves in order and inside the tree. An index outside would make the library walk for ever.
 * @throws LiaisonError `malformed` (FRM-21).
 */
export function readRatchetTree(groupInfo: GroupInfo): RatchetTree {
  const extension = groupInfo.extensions.find(({ extensionType }) => extensionType === 'ratchet_tree');
  const tree = extension && decodeTree(extension.extensionData);
  if (
    tree === undefined ||
    tree.length > MOST_NODES ||
    !tree.every((node, index) => isPossible(node, index, tree.length))
  ) {
    throw new LiaisonError('malformed', 'The ratchet tree of this GroupInfo is impossible.', { check: 'FRM-21' });
  }
  return tree;
}

/** Leaves by leaf index, `null` where blank, without blanks at the end. @throws LiaisonError `malformed` (FRM-06 to 08). */
export function leavesOf(tree: RatchetTree): (Leaf | null)[] {
  const leaves = tree
    .filter((_node, index) => index % 2 === 0)
    .map((node) => (node?.nodeType === 'leaf' ? readLeaf(node.leaf) : null));
  while (leaves.at(-1) === null) leaves.pop();
  return leaves;
}

function isPossible(node: Node | undefined, index: number, width: number): boolean {
  if (node === undefined) return true;
  if (node.nodeType === 'leaf') return index % 2 === 0;
  const { unmergedLeaves, hpkePublicKey } = node.parent;
  const ascending = unmergedLeaves.every(
    (leaf, at) => leaf * 2 < width && (at === 0 || leaf > (unmergedLeaves[at - 1] ?? 0)),
  );
  return index % 2 === 1 && hpkePublicKey.length === 32 && ascending;
}

function decodeTree(bytes: Uint8Array): RatchetTree | undefined {
  try {
    const decoded = decodeRatchetTree(bytes, 0);
    return decoded && decoded[1] === bytes.length && equalBytes(encodeRatchetTree(decoded[0]), bytes)
      ? decoded[0]
      : undefined;
  } catch {
    return undefined;
  }
}
