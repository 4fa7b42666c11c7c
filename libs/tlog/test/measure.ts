import { performance } from 'node:perf_hooks';
import { cryptoReady } from '#liaison/crypto';
import {
  edgeRoot,
  EMPTY_EDGE,
  encodeEntryBundle,
  entryBundlePath,
  growEdge,
  HASH_BYTES,
  type LogReader,
  partialTiles,
  sodiumTreeHashing,
  TILE_WIDTH,
  tilePath,
  type TreeHashing,
  verifyLog,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';

/**
 * How long the verification of a whole log takes, files in memory:
 *   node --conditions=liaison-source --import ./libs/embedded-postgres/test/typescript-loader.mjs libs/tlog/test/measure.ts [leaves]
 */
const leaves = Number(process.argv[2] ?? 1_000_000);
const ENTRY_BYTES = 420;

await cryptoReady();
const files = new Map<string, Uint8Array>();
const reader: LogReader = { read: (path) => Promise.resolve(files.get(path)) };

const checkpoint = await measured(`build ${leaves} leaves`, () => Promise.resolve(build()));
await measured('verify entries and tiles, node:crypto', () => verify(true, nodeTreeHashing));
await measured('verify tiles alone, node:crypto', () => verify(false, nodeTreeHashing));
await measured('verify tiles alone, libsodium', () => verify(false, sodiumTreeHashing));
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB, the log's files included`);

function build() {
  let edge = EMPTY_EDGE;
  for (let index = 0; edge.size < leaves; index += 1) {
    const width = Math.min(TILE_WIDTH, leaves - edge.size);
    const entries = Array.from({ length: width }, (_, place) => entryOf(edge.size + place));
    files.set(entryBundlePath({ index, width }), encodeEntryBundle(entries));
    const hashes = new Uint8Array(width * HASH_BYTES);
    entries.forEach((entry, place) => {
      nodeTreeHashing.putLeafHash(hashes, place * HASH_BYTES, entry);
    });
    const grown = growEdge(edge, hashes, nodeTreeHashing);
    edge = grown.edge;
    for (const { bytes, ...tile } of grown.full) files.set(tilePath(tile), bytes);
  }
  for (const { bytes, ...tile } of partialTiles(edge)) files.set(tilePath(tile), bytes);
  return { origin: 'measure', size: edge.size, root: edgeRoot(edge, nodeTreeHashing), extensions: [] };
}

function entryOf(index: number): Uint8Array {
  const entry = new Uint8Array(ENTRY_BYTES);
  new DataView(entry.buffer).setUint32(0, index);
  return entry;
}

async function verify(entries: boolean, hashing: TreeHashing): Promise<void> {
  const result = await verifyLog({ reader, checkpoint, entries, hashing });
  if (result.outcome !== 'ok') throw new Error(result.message);
}

async function measured<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await act();
  const used = process.cpuUsage(cpu);
  const seconds = (microseconds: number) => (microseconds / 1e6).toFixed(2);
  console.log(`${what}: ${seconds((performance.now() - start) * 1000)} s, CPU ${seconds(used.user + used.system)} s`);
  return result;
}
