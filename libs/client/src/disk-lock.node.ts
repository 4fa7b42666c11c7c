import { randomBytes } from 'node:crypto';
import { link, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LiaisonError } from '#liaison/protocol';

const POLL_MS = 25;
/** A takeover is a few system calls: one that is older was left by a crash. */
const TAKEOVER_MS = 10_000;

/** Asked until it is known: each transaction of each device takes a lock. */
let ownStart = '';

/**
 * An exclusive lock between processes: the file `lock` in the folder names its holder. A holder that has died is
 * replaced; one on another machine (a shared folder) never is.
 */
export class DiskLock {
  readonly #path: string;
  readonly #takeover: string;

  constructor(folder: string) {
    this.#path = join(folder, 'lock');
    this.#takeover = join(folder, 'lock.takeover');
  }

  /** @throws LiaisonError `try-again` (STO-02) where another process holds it for `timeoutMs`. */
  async acquire(timeoutMs: number): Promise<void> {
    if (ownStart === '') ownStart = await startOf(process.pid);
    const mine = JSON.stringify({ host: hostname(), pid: process.pid, started: ownStart });
    for (let waited = 0; ; waited += POLL_MS) {
      if (await createWhole(this.#path, mine)) return;
      if (await this.#replaceDead(mine)) return;
      if (waited >= timeoutMs) throw await this.#held();
      await wait(POLL_MS);
    }
  }

  async release(): Promise<void> {
    await remove(this.#path);
  }

  /** Only whoever holds the takeover file may remove the lock of a dead holder, so two never both replace it. */
  async #replaceDead(mine: string): Promise<boolean> {
    if (!(await isDead(await readText(this.#path)))) return false;
    if (!(await createWhole(this.#takeover, mine))) {
      await this.#clearOldTakeover();
      return false;
    }
    try {
      if (!(await isDead(await readText(this.#path)))) return false;
      await remove(this.#path);
      return await createWhole(this.#path, mine);
    } finally {
      await remove(this.#takeover);
    }
  }

  async #clearOldTakeover(): Promise<void> {
    const made = await madeAt(this.#takeover);
    if (made === undefined) return;
    if ((await folderTime(this.#path)) - made > TAKEOVER_MS) await remove(this.#takeover);
  }

  async #held(): Promise<LiaisonError> {
    const holder = holderOf(await readText(this.#path));
    const who = holder === undefined ? 'Another process' : `Process ${holder.pid} on ${holder.host}`;
    return new LiaisonError('try-again', `${who} is using this device's store. Wait until it is done, or stop it.`, {
      check: 'STO-02',
      retryAfterMs: 1000,
    });
  }
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly started: string;
}

/** Creates the file with its content in one step, or not at all. */
async function createWhole(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await remove(draft);
  }
}

/** One system call, where `rm` with `force` makes two. Nothing where there is no such file. */
async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/** Now, by the clock that dates the folder's files: on a shared folder that is another machine's. */
async function folderTime(path: string): Promise<number> {
  const probe = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  await writeFile(probe, '', { mode: 0o600, flag: 'wx' });
  try {
    return (await madeAt(probe)) ?? 0;
  } finally {
    await remove(probe);
  }
}

/** Milliseconds since 1970; undefined where there is no such file. */
async function madeAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

async function isDead(content: string | undefined): Promise<boolean> {
  if (content === undefined) return false;
  const holder = holderOf(content);
  if (holder === undefined) return true;
  if (holder.host !== hostname()) return false;
  if (!isRunning(holder.pid)) return true;
  const started = await startOf(holder.pid);
  // Empty where it could not be read, by the holder or here: then a process that runs is taken for the holder.
  return started !== '' && holder.started !== '' && started !== holder.started;
}

function holderOf(content: string | undefined): Holder | undefined {
  try {
    const value = JSON.parse(content ?? '') as Partial<Holder> | null;
    const { host, pid, started } = value ?? {};
    return typeof host === 'string' && typeof pid === 'number' && typeof started === 'string'
      ? { host, pid, started }
      : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** When the process started, so that a re-used process id is not taken for the holder. Empty where /proc does not exist. */
async function startOf(pid: number): Promise<string> {
  const line = (await readText(`/proc/${pid}/stat`)) ?? '';
  // Field 22; the second field is in brackets and may hold spaces.
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** By its code alone: Node's errors are not instances of the Error of a test's own realm. */
function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
