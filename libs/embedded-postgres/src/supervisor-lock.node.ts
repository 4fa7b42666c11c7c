import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LiaisonError } from '#liaison/protocol';
import { processIdentity } from './process-identity.node.js';

/**
 * One supervisor a folder. Node has no file locks that the kernel drops, so the lock is a file per *generation*,
 * `supervisor.7.lock`, and the highest generation holds. Who finds its process dead links generation 8: linking fails for
 * all but one. The highest file is never removed (a release only rewrites it), so a late-comer that links an old
 * generation sees the higher one and steps back. No step leaves two holders.
 */
const LOCK_FILE = /^supervisor\.(\d+)\.lock$/;
const RELEASED = 'released';

/** @throws LiaisonError `conflict` when a live process holds the folder. @returns what releases it. */
export function lockFolder(folder: string): () => void {
  const mine = processIdentity(process.pid) ?? String(process.pid);
  for (;;) {
    const highest = highestGeneration(folder);
    if (highest > 0) refuseWhenHeld(folder, highest);
    const next = highest + 1;
    if (!tryLink(folder, next, mine)) continue;
    if (highestGeneration(folder) > next) {
      rmSync(lockPath(folder, next), { force: true });
      continue;
    }
    removeBelow(folder, next);
    return releaseOnce(folder, next);
  }
}

function releaseOnce(folder: string, generation: number): () => void {
  let held = true;
  return () => {
    if (held && existsSync(folder)) replace(folder, generation, RELEASED);
    held = false;
  };
}

function refuseWhenHeld(folder: string, generation: number): void {
  const holder = readFileSync(lockPath(folder, generation), 'utf8').trim();
  const pid = Number(holder.split(' ')[0]);
  if (holder === RELEASED || processIdentity(pid) !== holder) return;
  throw new LiaisonError(
    'conflict',
    `The database in ${folder} is in use by process ${pid}. Stop that one first, or choose another data folder.`,
  );
}

function tryLink(folder: string, generation: number, content: string): boolean {
  const draft = writeDraft(folder, generation, content);
  try {
    linkSync(draft, lockPath(folder, generation));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function replace(folder: string, generation: number, content: string): void {
  renameSync(writeDraft(folder, generation, content), lockPath(folder, generation));
}

function writeDraft(folder: string, generation: number, content: string): string {
  const draft = `${lockPath(folder, generation)}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  return draft;
}

function highestGeneration(folder: string): number {
  return Math.max(0, ...generations(folder));
}

function removeBelow(folder: string, generation: number): void {
  for (const old of generations(folder)) if (old < generation) rmSync(lockPath(folder, old), { force: true });
}

function generations(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const found = LOCK_FILE.exec(name)?.[1];
    return found === undefined ? [] : [Number(found)];
  });
}

function lockPath(folder: string, generation: number): string {
  return join(folder, `supervisor.${generation}.lock`);
}
