import { LiaisonError } from '#liaison/protocol';
import { hashRow } from './compact-range.js';
import { type LogReader, readTile } from './log-reader.js';
import { TILE_HEIGHT, TILE_WIDTH, tileWidth } from './tile.js';
import { foldHashes, HASH_BYTES, sodiumTreeHashing, type TreeHashing } from './tree-hash.js';
import { type LeafRange, rangeNodes, type TreeNode } from './tree-math.js';

/** The hash of a perfect subtree, from wherever the log's hashes are kept. */
export type NodeReader = (node: TreeNode) => Promise<Uint8Array>;

/**
 * Reads nodes of a tree of `size` leaves from its tiles; each tile is read once. For one batch of proofs: what it read, it keeps.
 * @throws LiaisonError `not-found` (LOG-15), `malformed` (LOG-14), `usage` for a node that this tree does not have.
 */
export function tileNodeReader(reader: LogReader, size: number, hashing: TreeHashing = sodiumTreeHashing): NodeReader {
  const tiles = new Map<string, Promise<Uint8Array>>();
  const tileAt = (level: number, index: number): Promise<Uint8Array> => {
    const name = `${level}/${index}`;
    const known = tiles.get(name) ?? readTile(reader, { level, index, width: tileWidth({ level, index }, size) });
    tiles.set(name, known);
    return known;
  };
  return async (node) => {
    if ((node.index + 1) * 2 ** node.level > size) throw new LiaisonError('usage', 'The tree has no such node.');
    const level = Math.floor(node.level / TILE_HEIGHT);
    const width = 2 ** (node.level % TILE_HEIGHT);
    const first = node.index * width;
    const tile = await tileAt(level, Math.floor(first / TILE_WIDTH));
    const from = (first % TILE_WIDTH) * HASH_BYTES;
    return foldHashes(tile.subarray(from, from + width * HASH_BYTES), hashing);
  };
}

/** The hash of each range: one element of a proof. */
export function readRanges(
  ranges: readonly LeafRange[],
  readNode: NodeReader,
  hashing: TreeHashing,
): Promise<Uint8Array[]> {
  return Promise.all(ranges.map((range) => rangeHash(range, readNode, hashing)));
}

async function rangeHash(range: LeafRange, readNode: NodeReader, hashing: TreeHashing): Promise<Uint8Array> {
  const hash = hashRow(await Promise.all(rangeNodes(range).map(readNode)), hashing);
  if (hash === undefined) throw new LiaisonError('usage', 'An empty range has no hash.');
  return hash;
}
