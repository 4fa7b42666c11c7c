import { concatBytes, equalBytes } from '#liaison/protocol';
import type { Checkpoint } from './checkpoint.js';
import { decodeEntryBundle } from './entry-bundle.js';
import { fault, faultOf, type LogFault, type Verified } from './fault.js';
import { type LogReader, readEntryBundle, readTile } from './log-reader.js';
import { tilePath, TILE_WIDTH, tileWidth } from './tile.js';
import { EMPTY_EDGE, edgeRoot, growEdge, partialTiles, type TileEdge, type WrittenTile } from './tile-edge.js';
import { HASH_BYTES, sodiumTreeHashing, type TreeHashing } from './tree-hash.js';

/** Level-0 tiles that are read at once. */
const BATCH = 32;

export interface LogVerificationOptions {
  readonly reader: LogReader;
  /** Already verified: `verifyCheckpoint`. */
  readonly checkpoint: Checkpoint;
  /** `true`: read and hash the entries too, as an auditor does. `false`: tiles alone, as every member can. */
  readonly entries: boolean;
  /** Called after each batch, with leaves done. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Called for each entry that is shown, once its hash is checked. Throwing ends the verification. */
  readonly onEntry?: (index: number, entry: Uint8Array) => void;
  readonly hashing?: TreeHashing;
}

export type LogVerification = Verified<{
  readonly size: number;
  /** Entries whose bytes were hashed, and entries that the reader was not shown. */
  readonly shown: number;
  readonly withheld: number;
}>;

/**
 * Recomputes a whole log from its leaves: every entry against its leaf hash, every tile against the tiles below it, the
 * root against the checkpoint. Holds one batch of tiles in memory, however large the log.
 */
export async function verifyLog(options: LogVerificationOptions): Promise<LogVerification> {
  const { checkpoint, onProgress } = options;
  let progress: Progress = { edge: EMPTY_EDGE, shown: 0, withheld: 0 };
  try {
    while (progress.edge.size < checkpoint.size) {
      const next = await verifyBatch(options, progress);
      if ('outcome' in next) return next;
      progress = next;
      onProgress?.({ done: progress.edge.size, total: checkpoint.size });
    }
    const { edge, shown, withheld } = progress;
    const refused = await tileFault(options, partialTiles(edge));
    if (refused !== undefined) return refused;
    if (equalBytes(edgeRoot(edge, options.hashing), checkpoint.root)) {
      return { outcome: 'ok', size: checkpoint.size, shown, withheld };
    }
    return fault('inconsistent', 'LOG-17', 'The tiles do not add up to the root in the checkpoint.');
  } catch (error) {
    return faultOf(error);
  }
}

interface Progress {
  readonly edge: TileEdge;
  readonly shown: number;
  readonly withheld: number;
}

interface LeafTile {
  readonly index: number;
  readonly hashes: Uint8Array;
  readonly entries: readonly Uint8Array[];
}

async function verifyBatch(options: LogVerificationOptions, before: Progress): Promise<Progress | LogFault> {
  const first = before.edge.size / TILE_WIDTH;
  const count = Math.min(BATCH, Math.ceil(options.checkpoint.size / TILE_WIDTH) - first);
  const tiles = await Promise.all(Array.from({ length: count }, (_, offset) => readLeafTile(options, first + offset)));
  let { shown, withheld } = before;
  for (const tile of tiles) {
    const hidden = checkEntries(tile, options);
    if (typeof hidden !== 'number') return hidden;
    shown += tile.entries.length - hidden;
    withheld += hidden;
  }
  const { edge, full } = growEdge(before.edge, concatBytes(...tiles.map(({ hashes }) => hashes)), options.hashing);
  return (await tileFault(options, full)) ?? { edge, shown, withheld };
}

async function readLeafTile(options: LogVerificationOptions, index: number): Promise<LeafTile> {
  const { reader, checkpoint, entries } = options;
  const width = tileWidth({ level: 0, index }, checkpoint.size);
  const hashes = await readTile(reader, { level: 0, index, width });
  if (!entries) return { index, hashes, entries: [] };
  const bundle = await readEntryBundle(reader, { index, width });
  return { index, hashes, entries: decodeEntryBundle(bundle.bytes, bundle.entries).slice(0, width) };
}

/** @returns how many entries of the tile were withheld. */
function checkEntries(
  { index, hashes, entries }: LeafTile,
  { hashing = sodiumTreeHashing, onEntry }: LogVerificationOptions,
): number | LogFault {
  const leaf = new Uint8Array(HASH_BYTES);
  let withheld = 0;
  for (const [place, entry] of entries.entries()) {
    if (entry.length === 0) {
      withheld += 1;
      continue;
    }
    hashing.putLeafHash(leaf, 0, entry);
    const number = index * TILE_WIDTH + place;
    if (!equalBytes(leaf, hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES))) {
      return fault('inconsistent', 'LOG-19', `Entry ${number} is not what the log has hashed.`);
    }
    onEntry?.(number, entry);
  }
  return withheld;
}

/** Level 0 is where the hashes came from; every tile above is served too, and must say the same. */
async function tileFault(
  { reader }: LogVerificationOptions,
  computed: readonly WrittenTile[],
): Promise<LogFault | undefined> {
  for (const tile of computed.filter(({ level }) => level > 0)) {
    if (!equalBytes(await readTile(reader, tile), tile.bytes)) {
      return fault('inconsistent', 'LOG-16', `The tile ${tilePath(tile)} contradicts the tiles below it.`);
    }
  }
  return undefined;
}
