import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromUtf8, LiaisonError } from '#liaison/protocol';
import type { LogReader } from '#liaison/tlog';
import { readIfPresent } from '#liaison/client.node';

/** A log in a folder, as C2SP tlog-tiles lays it out: `checkpoint`, `tile/...`. Paths come from libs/tlog, never from outside. */
export function folderLog(folder: string): LogReader {
  return { read: (path) => readIfPresent(join(folder, ...path.split('/'))) };
}

/** @throws LiaisonError `not-found` where the folder holds no log. */
export async function folderCheckpoint(folder: string): Promise<string> {
  const note = await readIfPresent(join(folder, 'checkpoint'));
  if (note !== undefined) return fromUtf8(note);
  throw new LiaisonError('not-found', `There is no log in ${folder}: it has no file "checkpoint".`);
}

/** Anybody may copy the tiles; entries are shown to those whom they concern. */
export async function hasEntries(folder: string): Promise<boolean> {
  const found = await stat(join(folder, 'tile', 'entries')).catch(() => undefined);
  return found?.isDirectory() === true;
}
