import { concatBytes, LiaisonError } from '#liaison/protocol';
import { type LogReader, readTile } from './log-reader.js';
import { type Tile, TILE_WIDTH, tileWidth } from './tile.js';
import { EMPTY_ROOT, foldHashes, HASH_BYTES, sodiumTreeHashing, type TreeHashing } from './tree-hash.js';

const FULL_TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** A tile with its hashes, end to end: what is written at {@link tilePath}. */
export interface WrittenTile extends Tile {
  readonly bytes: Uint8Array;
}

/** The right edge of a tiled tree: the last, partial tile of each level. With it alone a log grows and knows its root. */
export interface TileEdge {
  readonly size: number;
  /** By level; no bytes where a level's tiles are all full. The topmost has at least one hash. */
  readonly levels: readonly Uint8Array[];
}

export const EMPTY_EDGE: TileEdge = { size: 0, levels: [] };

/**
 * Appends leaves.
 * @param leafHashes end to end.
 * @returns the new edge, and the tiles that are now full and never change again.
 */
export function growEdge(
  edge: TileEdge,
  leafHashes: Uint8Array,
  hashing: TreeHashing = sodiumTreeHashing,
): { readonly edge: TileEdge; readonly full: readonly WrittenTile[] } {
  if (leafHashes.length % HASH_BYTES !== 0) throw new LiaisonError('usage', 'These are not whole hashes.');
  const levels = [...edge.levels];
  const full: WrittenTile[] = [];
  let added = leafHashes;
  for (let level = 0; added.length > 0; level += 1) {
    const first = Math.floor(edge.size / TILE_WIDTH ** (level + 1));
    const row = concatBytes(levels[level] ?? new Uint8Array(0), added);
    const tiles = Math.floor(row.length / FULL_TILE_BYTES);
    const parents = new Uint8Array(tiles * HASH_BYTES);
    for (let tile = 0; tile < tiles; tile += 1) {
      const bytes = row.slice(tile * FULL_TILE_BYTES, (tile + 1) * FULL_TILE_BYTES);
      full.push({ level, index: first + tile, width: TILE_WIDTH, bytes });
      parents.set(foldHashes(bytes, hashing), tile * HASH_BYTES);
    }
    levels[level] = row.slice(tiles * FULL_TILE_BYTES);
    added = parents;
  }
  return { edge: { size: edge.size + leafHashes.length / HASH_BYTES, levels }, full };
}

/** The partial tiles that a checkpoint of this size needs beside the full ones. */
export function partialTiles({ size, levels }: TileEdge): WrittenTile[] {
  return levels.flatMap((bytes, level) => {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1));
    return bytes.length === 0 ? [] : [{ level, index, width: bytes.length / HASH_BYTES, bytes }];
  });
}

export function edgeRoot(edge: TileEdge, hashing: TreeHashing = sodiumTreeHashing): Uint8Array {
  // Whatever the levels below add up to is one smaller tree behind the last hash of this level.
  return (
    edge.levels.reduce<Uint8Array | undefined>((below, bytes) => {
      if (bytes.length === 0) return below;
      return foldHashes(below === undefined ? bytes : concatBytes(bytes, below), hashing);
    }, undefined) ?? EMPTY_ROOT
  );
}

/** The edge of a log of `size` leaves, from its tiles. @throws LiaisonError as {@link readTile}. */
export async function readEdge(reader: LogReader, size: number): Promise<TileEdge> {
  const levels: Promise<Uint8Array>[] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level += 1) {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1));
    const width = tileWidth({ level, index }, size);
    levels.push(width === 0 ? Promise.resolve(new Uint8Array(0)) : readTile(reader, { level, index, width }));
  }
  return { size, levels: await Promise.all(levels) };
}
