import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fewestCosignatures, growthFaultOf, type LiaisonClient, withoutQuorum } from '#liaison/client';
import { readIfPresent } from '#liaison/client.node';
import { LiaisonError, utf8 } from '#liaison/protocol';
import {
  type Checkpoint,
  encodeWitnessPolicy,
  entryBundlePath,
  type LogReader,
  newTiles,
  tilePath,
  verifyCheckpoint,
  type WitnessPolicy,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import type { Looking } from './verify-log.js';

export interface LogCopy {
  readonly origin: string;
  readonly size: number;
  readonly files: number;
}

/** Files that are fetched at once. */
const AT_ONCE = 4;
/** A copy of so many files takes a while: say how far it is. */
const MANY_FILES = 200;

/**
 * Brings a folder up to the newest checkpoint that enough witnesses have cosigned. The tiles are fetched first and `checkpoint` is
 * replaced last, so that a copy that was cut short is the older copy.
 * @throws LiaisonError `integrity` where the log is not one that grew from the copy; nothing is replaced then.
 */
export async function copyLog(folder: string, client: LiaisonClient, looking: Looking): Promise<LogCopy> {
  const { policy, clock } = looking;
  const at = clock.now();
  const { log } = client;
  const note = await log.newest(fewestCosignatures(policy));
  const newer = requireSigned(note, policy, at);
  await requireOneHistory(folder, newer, { reader: log.reader, policy, at });
  const before = await log.advance();
  await requireGrown({ older: newer, newer: before, reader: log.reader });
  const oldNote = await readIfPresent(join(folder, 'checkpoint'));
  const oldSize = oldNote === undefined ? 0 : requireSigned(textOf(oldNote), policy, at).size;
  const files = await fetchTiles(folder, { oldSize, newSize: newer.size, reader: log.reader, remark: looking.remark });
  await write(folder, `checkpoints/${String(newer.size).padStart(16, '0')}`, utf8(note));
  await write(folder, 'policy.txt', utf8(encodeWitnessPolicy(policy)));
  await write(folder, 'checkpoint', utf8(note));
  return { origin: newer.origin, size: newer.size, files };
}

function requireSigned(note: string, policy: WitnessPolicy, at: number): Checkpoint {
  const verified = verifyCheckpoint({ note, policy: withoutQuorum(policy), at });
  if (verified.outcome === 'ok') return verified.checkpoint;
  throw new LiaisonError('integrity', `The checkpoint does not hold. ${verified.message}`, { check: verified.check });
}

async function requireOneHistory(
  folder: string,
  newer: Checkpoint,
  { reader, policy, at }: { readonly reader: LogReader; readonly policy: WitnessPolicy; readonly at: number },
): Promise<void> {
  const oldNote = await readIfPresent(join(folder, 'checkpoint'));
  if (oldNote !== undefined) await requireGrown({ older: requireSigned(textOf(oldNote), policy, at), newer, reader });
}

async function requireGrown(growth: Parameters<typeof growthFaultOf>[0]): Promise<void> {
  const fault = await growthFaultOf(growth, nodeTreeHashing);
  if (fault === undefined) return;
  throw new LiaisonError('integrity', `The log did not merely grow, so nothing is replaced. ${fault.message}`, {
    check: fault.check,
  });
}

interface Stretch {
  readonly oldSize: number;
  readonly newSize: number;
  readonly reader: LogReader;
  readonly remark: (text: string) => void;
}

/** Tiles that are new or have become wider, and the bundles of the lowest. Hashes are held against each other by `log verify`. */
async function fetchTiles(folder: string, { reader, remark, ...sizes }: Stretch): Promise<number> {
  const tiles = newTiles(sizes);
  const paths = [...tiles.map(tilePath), ...tiles.filter(({ level }) => level === 0).map(entryBundlePath)];
  for (let done = 0; done < paths.length; done += AT_ONCE) {
    await Promise.all(paths.slice(done, done + AT_ONCE).map((path) => fetchFile(folder, path, reader)));
    if (paths.length >= MANY_FILES && Math.floor(done / MANY_FILES) < Math.floor((done + AT_ONCE) / MANY_FILES)) {
      remark(`${Math.min(done + AT_ONCE, paths.length)} of ${paths.length} files copied.`);
    }
  }
  return paths.length;
}

async function fetchFile(folder: string, path: string, reader: LogReader): Promise<void> {
  const bytes = await reader.read(path);
  if (bytes === undefined) throw new LiaisonError('integrity', `The hub does not serve ${path}.`, { check: 'LOG-15' });
  await write(folder, path, bytes);
}

/** Appears whole or not at all. */
async function write(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const target = join(folder, ...path.split('/'));
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await writeFile(`${target}.new`, bytes, { mode: 0o600 });
  await rename(`${target}.new`, target);
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
