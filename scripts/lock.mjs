import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process does so in `folder`; waits for one that does, not for one that died.
 * The algorithm is that of libs/embedded-postgres/src/supervisor-lock.node.ts, which explains it; scripts run before there is a build.
 */
export async function exclusively(folder, onWait, work) {
  mkdirSync(folder, { recursive: true });
  let generation;
  let told = false;
  while ((generation = tryLock(folder)) === undefined) {
    if (!told) onWait();
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    write(folder, generation, 'released', renameSync);
  }
}

function tryLock(folder) {
  const highest = Math.max(0, ...generations(folder));
  if (highest > 0 && isHeld(readFileSync(path(folder, highest), 'utf8'))) return undefined;
  const mine = highest + 1;
  try {
    write(folder, mine, identity(process.pid), linkSync);
  } catch (error) {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  }
  if (Math.max(...generations(folder)) > mine) {
    rmSync(path(folder, mine), { force: true });
    return undefined;
  }
  for (const old of generations(folder)) if (old < mine) rmSync(path(folder, old), { force: true });
  return mine;
}

function isHeld(holder) {
  return holder !== 'released' && identity(Number(holder.split(' ')[0])) === holder;
}

/** Process id and, where /proc tells it, the start time: ids are used again. */
function identity(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  if (!existsSync('/proc/self/stat')) return `${pid}`;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : `${pid} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

function write(folder, generation, content, publish) {
  const draft = `${path(folder, generation)}.${process.pid}`;
  writeFileSync(draft, content);
  try {
    publish(draft, path(folder, generation));
  } finally {
    rmSync(draft, { force: true });
  }
}

function generations(folder) {
  return readdirSync(folder)
    .map((name) => Number(/^(\d+)\.lock$/.exec(name)?.[1] ?? 0))
    .filter((generation) => generation > 0);
}

function path(folder, generation) {
  return join(folder, `${generation}.lock`);
}
