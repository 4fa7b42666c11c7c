import { performance } from 'node:perf_hooks';
import { cryptoReady } from '#liaison/crypto';
import {
  edgeRoot,
  type Checkpoint,
  EMPTY_EDGE,
  encodeEntryBundle,
  entryBundlePath,
  growEdge,
  joinHashes,
  type LogReader,
  partialTiles,
  sodiumTreeHashing,
  TILE_WIDTH,
  tilePath,
  type TreeHashing,
  verifyLog,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';

const ENTRY_BYTES = 420;

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export interface VerificationCost {
  readonly leaves: number;
  /** Entries and tiles, as an auditor does, by node:crypto. */
  readonly entriesAndTiles: Cost;
  /** Tiles alone, as every member can. */
  readonly tiles: Cost;
  /** The same by libsodium, as in a browser. */
  readonly tilesByLibsodium: Cost;
}

/** What the verification of a whole log costs, its files in memory. @throws where it fails. */
export async function measureVerification(leaves: number): Promise<VerificationCost> {
  await cryptoReady();
  const { files, checkpoint } = largeLog(leaves);
  const reader: LogReader = { read: (path) => Promise.resolve(files.get(path)) };
  const verify = (entries: boolean, hashing: TreeHashing) =>
    costOf(async () => {
      const result = await verifyLog({ reader, checkpoint, entries, hashing });
      if (result.outcome !== 'ok') throw new Error(result.message);
    });
  return {
    leaves: checkpoint.size,
    entriesAndTiles: await verify(true, nodeTreeHashing),
    tiles: await verify(false, nodeTreeHashing),
    tilesByLibsodium: await verify(false, sodiumTreeHashing),
  };
}

function largeLog(leaves: number): { files: ReadonlyMap<string, Uint8Array>; checkpoint: Checkpoint } {
  const files = new Map<string, Uint8Array>();
  let edge = EMPTY_EDGE;
  for (let index = 0; edge.size < leaves; index += 1) {
    const width = Math.min(TILE_WIDTH, leaves - edge.size);
    const entries = Array.from({ length: width }, (_, place) => entryOf(edge.size + place));
    files.set(entryBundlePath({ index, width }), encodeEntryBundle(entries));
    const grown = growEdge(edge, joinHashes(entries.map(nodeTreeHashing.leafHash)), nodeTreeHashing);
    edge = grown.edge;
    for (const { bytes, ...tile } of grown.full) files.set(tilePath(tile), bytes);
  }
  for (const { bytes, ...tile } of partialTiles(edge)) files.set(tilePath(tile), bytes);
  const root = edgeRoot(edge, nodeTreeHashing);
  return { files, checkpoint: { origin: 'measure', size: edge.size, root, extensions: [] } };
}

/** As long as a record's entry with two recipients. */
function entryOf(index: number): Uint8Array {
  const entry = new Uint8Array(ENTRY_BYTES);
  new DataView(entry.buffer).setUint32(0, index);
  return entry;
}

async function costOf(act: () => Promise<void>): Promise<Cost> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await act();
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (used.user + used.system) / 1e6 };
}
