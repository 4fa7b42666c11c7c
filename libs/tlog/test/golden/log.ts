import { fromUtf8, type ReceiptProof, utf8 } from '#liaison/protocol';
import {
  cosign,
  decodeNote,
  edgeRoot,
  EMPTY_EDGE,
  encodeEntryBundle,
  encodeLogEntry,
  encodeNote,
  entryBundlePath,
  growEdge,
  joinHashes,
  type LogReader,
  makeConsistencyProof,
  makeInclusionProof,
  newLogEntry,
  partialTiles,
  receiptProof,
  signCheckpoint,
  TILE_WIDTH,
  tileNodeReader,
  tilePath,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { acts } from './acts.js';
import { CONTACT_POINTS, logKey, nameOfWitness, NOW, ORIGIN, seedOf, witnessKeyOf } from './community.js';

/** The golden log: 300 entries, with checkpoints along the way. */
export const SIZE = 300;
export const SIZES = [1, 5, 256, 257, SIZE];

/** Salts that any implementation can make again: the start of SHA-256(`liaison golden log: salt <index>`). */
export const entries: Uint8Array[] = acts(SIZE).map((act, index) =>
  encodeLogEntry(newLogEntry(act, { bytes: (length) => seedOf(`salt ${index}`).slice(0, length) })),
);
export const leafHashes = entries.map(nodeTreeHashing.leafHash);

export type Files = ReadonlyMap<string, Uint8Array>;

/** Tiles and bundles of the first `size` entries. */
export function filesOf(
  all: readonly Uint8Array[],
  size: number,
): { files: Map<string, Uint8Array>; root: Uint8Array } {
  const held = all.slice(0, size);
  const { edge, full } = growEdge(EMPTY_EDGE, joinHashes(held.map(nodeTreeHashing.leafHash)), nodeTreeHashing);
  const files = new Map([...full, ...partialTiles(edge)].map(({ bytes, ...tile }) => [tilePath(tile), bytes]));
  for (let from = 0; from < size; from += TILE_WIDTH) {
    const bundle = held.slice(from, from + TILE_WIDTH);
    files.set(entryBundlePath({ index: from / TILE_WIDTH, width: bundle.length }), encodeEntryBundle(bundle));
  }
  return { files, root: edgeRoot(edge, nodeTreeHashing) };
}

export const readerOf = (files: Files): LogReader => ({ read: (path) => Promise.resolve(files.get(path)) });

export const golden = filesOf(entries, SIZE);
export const rootOf = (size: number): Uint8Array => filesOf(entries, size).root;

/** Seconds since 1970 at which the last of so many entries is cosigned. */
export const cosignedAt = (size: number): number => Math.floor(NOW / 1000) + size * 2;

export const plainCheckpoint = (size: number): string =>
  signCheckpoint({ origin: ORIGIN, size, root: rootOf(size), extensions: [] }, logKey);

/** Adds cosignatures of these contact points. */
export function cosignedBy(note: string, contactPoints = CONTACT_POINTS, time = cosignedAt(SIZE)): string {
  const { text, signatures } = decodeNote(note);
  const cosignatures = contactPoints.map((id) => cosign(text, time, nameOfWitness(id), witnessKeyOf(id)));
  return encodeNote({ text, signatures: [...signatures, ...cosignatures] });
}

export const checkpoint = (size: number): string =>
  cosignedBy(plainCheckpoint(size), CONTACT_POINTS.slice(0, 2), cosignedAt(size));

export const inclusionProof = (index: number, size = SIZE): Promise<Uint8Array[]> =>
  makeInclusionProof({ index, size }, tileNodeReader(readerOf(filesOf(entries, size).files), size));

export const consistencyProof = (oldSize: number, newSize: number): Promise<Uint8Array[]> =>
  makeConsistencyProof({ oldSize, newSize }, tileNodeReader(readerOf(filesOf(entries, newSize).files), newSize));

export const entryText = (index: number): string => fromUtf8(entries[index] ?? new Uint8Array(0));

export async function receipt(index: number, size = SIZE): Promise<ReceiptProof> {
  const inclusion = await inclusionProof(index, size);
  return receiptProof({ entry: entryText(index), index, inclusion, checkpoint: checkpoint(size) });
}

/** The whole log as files on disk: tiles of the newest size, partial tiles and checkpoints of the sizes before it. */
export function logFiles(): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const size of SIZES) {
    for (const [path, bytes] of filesOf(entries, size).files) files.set(path, bytes);
    files.set(`checkpoints/${size}`, utf8(checkpoint(size)));
  }
  // A partial tile may go once its full tile is there (C2SP tlog-tiles).
  for (const path of files.keys()) {
    const [full, partial] = path.split('.p/');
    if (partial !== undefined && files.has(full ?? '')) files.delete(path);
  }
  return files.set('checkpoint', utf8(checkpoint(SIZE)));
}
