import { auditLog } from '#liaison/client';
import { signingKeyFromSeed } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { LiaisonError, toBase64url, utf8 } from '#liaison/protocol';
import {
  EMPTY_EDGE,
  edgeRoot,
  encodeEntryBundle,
  entryBundlePath,
  growEdge,
  joinHashes,
  partialTiles,
  signCheckpoint,
  thresholdPolicy,
  TILE_WIDTH,
  tilePath,
  verifierKey,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { cpuTime } from './client-cost/cpu-time.js';
import type { Measure } from './measures.js';

const ORIGIN = 'bench.example/v1/log';
const CHANNELS = 50;
const AT = '2026-11-21T18:00:15.000Z';
const SALT = toBase64url(new Uint8Array(16));
const HASH = toBase64url(new Uint8Array(32));
const SIGNATURE = toBase64url(new Uint8Array(64));

/**
 * The whole audit of a log, as `liaison log verify` makes it: every entry hashed and held to its form, every tile, the gaps. Its files are
 * in memory; the time is that of the processor, on one thread.
 */
export async function verificationMeasure(leaves: number): Promise<Measure> {
  const audit = auditOf(leaves);
  const { ms, result } = await cpuTime(() => auditLog(audit));
  if (!result.holds || result.shown !== leaves)
    throw new LiaisonError('integrity', 'The log of the bench does not hold.');
  const name = `entries verified a second of processor time, of ${leaves}`;
  return { id: 'log.verify', name, unit: '/s', value: (leaves * 1000) / ms };
}

function auditOf(leaves: number): Parameters<typeof auditLog>[0] {
  const files = new Map<string, Uint8Array>();
  let edge = EMPTY_EDGE;
  for (let index = 0; edge.size < leaves; index += 1) {
    const width = Math.min(TILE_WIDTH, leaves - edge.size);
    const entries = Array.from({ length: width }, (_, place) => utf8(entryText(index * TILE_WIDTH + place)));
    files.set(entryBundlePath({ index, width }), encodeEntryBundle(entries));
    const grown = growEdge(edge, joinHashes(entries.map(nodeTreeHashing.leafHash)), nodeTreeHashing);
    edge = grown.edge;
    for (const tile of grown.full) files.set(tilePath(tile), tile.bytes);
  }
  for (const tile of partialTiles(edge)) files.set(tilePath(tile), tile.bytes);
  const key = signingKeyFromSeed(systemRandom.bytes(32));
  const root = edgeRoot(edge, nodeTreeHashing);
  return {
    note: signCheckpoint({ origin: ORIGIN, size: edge.size, root, extensions: [] }, key),
    policy: thresholdPolicy([verifierKey('log', ORIGIN, key.publicKey)], [], 0),
    reader: { read: (path) => Promise.resolve(files.get(path)) },
    at: systemClock.now(),
    hashing: nodeTreeHashing,
  };
}

/** A record is stored, delivered, opened: what a log consists of. */
function entryText(index: number): string {
  const number = Math.floor(index / 3);
  const channel = `019aa8b0-1000-7c3d-8a21-${hex(number % CHANNELS)}`;
  const record = `019aa8b2-7c00-7a4e-9f10-${hex(number)}`;
  const seq = Math.floor(number / CHANNELS) + 1;
  const salt = `"salt":"${SALT}","subject":{"channel":"${channel}"`;
  switch (index % 3) {
    case 0:
      return `{"actor":"bg:petrova:desk-1","at":"${AT}","headerHash":"${HASH}",${salt},"epoch":4,"record":"${record}","seq":${seq}},"type":"record.stored","v":1}`;
    case 1:
      return `{"actor":"hub","at":"${AT}","recipients":["bg:petrova:desk-1","hu:nagy:desk-1"],${salt},"seq":${seq}},"type":"record.delivered","v":1}`;
    default:
      return `{"actor":"hu:nagy:desk-1","at":"${AT}","details":{"openedAt":"${AT}","signature":"${SIGNATURE}"},${salt},"record":"${record}"},"type":"record.opened","v":1}`;
  }
}

function hex(number: number): string {
  return number.toString(16).padStart(12, '0');
}
