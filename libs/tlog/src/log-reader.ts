import { LiaisonError } from '#liaison/protocol';
import { type EntryBundlePlace, entryBundlePath, type Tile, TILE_WIDTH, tilePath } from './tile.js';
import { HASH_BYTES } from './tree-hash.js';

/** Where a log's files are: a folder, a hub, an archive. Nothing that comes from it is trusted. */
export interface LogReader {
  /** @returns the bytes at a path relative to the log's prefix; `undefined` where there are none. */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
}

/**
 * The hashes of a tile, end to end. Where the partial tile is gone, the start of the full one, as tlog-tiles allows.
 * @throws LiaisonError `not-found` (LOG-15), `malformed` (LOG-14: not exactly its hashes).
 */
export async function readTile(reader: LogReader, tile: Tile): Promise<Uint8Array> {
  const path = tilePath(tile);
  const bytes = await reader.read(path);
  if (bytes !== undefined) return exactly(bytes, tile.width, path);
  const full = tile.width < TILE_WIDTH ? await reader.read(tilePath({ ...tile, width: TILE_WIDTH })) : undefined;
  if (full === undefined) throw missing(path);
  return exactly(full, TILE_WIDTH, path).subarray(0, tile.width * HASH_BYTES);
}

function exactly(bytes: Uint8Array, width: number, path: string): Uint8Array {
  if (bytes.length === width * HASH_BYTES) return bytes;
  throw new LiaisonError('malformed', `The tile ${path} does not hold exactly ${width} hashes.`, { check: 'LOG-14' });
}

/**
 * An entry bundle, not yet taken apart, and how many entries it must hold: more than `width` where only the full one is left.
 * @throws LiaisonError `not-found` (LOG-15).
 */
export async function readEntryBundle(
  reader: LogReader,
  bundle: EntryBundlePlace,
): Promise<{ readonly bytes: Uint8Array; readonly entries: number }> {
  const path = entryBundlePath(bundle);
  const bytes = await reader.read(path);
  if (bytes !== undefined) return { bytes, entries: bundle.width };
  const full = await reader.read(entryBundlePath({ ...bundle, width: TILE_WIDTH }));
  if (full === undefined) throw missing(path);
  return { bytes: full, entries: TILE_WIDTH };
}

function missing(path: string): LiaisonError {
  return new LiaisonError('not-found', `The log lacks ${path}, which its size demands.`, { check: 'LOG-15' });
}
