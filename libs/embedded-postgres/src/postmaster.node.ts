import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.node.js';
import { commandOf, processIdentity } from './process-identity.node.js';

/** How the postmaster ended. */
export interface PostmasterExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A postmaster that accepts connections. */
export interface Postmaster {
  readonly pid: number;
  /** Settles when the process has ended, whoever ended it. */
  readonly ended: Promise<PostmasterExit>;
}

const POLL_MS = 10;
/** Each signal and how long it has: fast shutdown, immediate shutdown (recovery at the next start), the end. */
const SHUTDOWN: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 10_000],
];

/** PostgreSQL must not inherit PG* variables, locale or a working folder that it cannot read. */
export function spawnOptions(cluster: string, account: Account | undefined) {
  const identity = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  return { cwd: cluster, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' }, ...identity };
}

/**
 * Starts a postmaster and waits until it accepts connections, however long crash recovery takes.
 * It leads its own session: Ctrl-C in a terminal reaches us, and we stop it last.
 * @returns the reason, from its log, when it ends instead.
 */
export async function startPostmaster(
  command: { readonly bin: string; readonly cluster: string; readonly arguments: readonly string[] },
  account: Account | undefined,
  logFile: string,
): Promise<Postmaster | { readonly failed: string }> {
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(join(command.bin, 'postgres'), ['-D', command.cluster, ...command.arguments], {
    ...spawnOptions(command.cluster, account),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const state: { exit?: PostmasterExit; error?: Error } = {};
  const ended = endOf(child, state);
  while (state.exit === undefined) {
    if (readPidFile(command.cluster)?.ready === child.pid && child.pid !== undefined) return { pid: child.pid, ended };
    await sleep(POLL_MS);
  }
  return { failed: state.error?.message ?? reasonIn(readFileSync(logFile).subarray(logStart).toString()) };
}

function endOf(child: ChildProcess, state: { exit?: PostmasterExit; error?: Error }): Promise<PostmasterExit> {
  return new Promise((resolve) => {
    const end = (exit: PostmasterExit): void => {
      state.exit = exit;
      resolve(exit);
    };
    child.once('error', (error) => {
      state.error = error;
      end({ code: null, signal: null });
    });
    child.once('exit', (code, signal) => {
      end({ code, signal });
    });
  });
}

/** The lines that say why, of a log in which most lines do not. */
function reasonIn(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /FATAL|PANIC|could not|HINT|DETAIL/.test(line));
  const chosen = telling.length > 0 ? telling : lines.slice(-3);
  return chosen.map((line) => line.replace(/^.*?(?=(FATAL|PANIC|LOG|HINT|DETAIL|WARNING):)/, '')).join(' ');
}

/** The port of a postmaster that accepts connections to this cluster, whoever started it. */
export function portOfRunning(cluster: string): number | undefined {
  const found = readPidFile(cluster);
  if (found?.ready === undefined || processIdentity(found.pid) === undefined) return undefined;
  return commandOf(found.pid).includes(cluster) ? found.port : undefined;
}

/** postmaster.pid: process id on line 1, port on line 4, and on line 8 "ready" once it accepts connections. */
function readPidFile(
  cluster: string,
): { readonly pid: number; readonly port: number; readonly ready: number | undefined } | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    return { pid, port: Number(lines[3]), ready: lines[7]?.startsWith('ready') === true ? pid : undefined };
  } catch {
    return undefined;
  }
}

/**
 * Ends what a supervisor that died without a word left behind. Call it with the folder's lock held: then whatever still
 * runs on the cluster is an orphan. It is stopped rather than adopted: a child of ours can be watched to its end and has our settings.
 * @returns whether there was one.
 */
export async function stopOrphan(cluster: string): Promise<boolean> {
  const found = readPidFile(cluster);
  if (found === undefined || processIdentity(found.pid) === undefined) return false;
  if (!commandOf(found.pid).includes(cluster)) {
    // After a restart of the machine the number may be another process's; PostgreSQL would take that for a live postmaster.
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
    return false;
  }
  await shutDown(found.pid);
  return true;
}

/** Stops a postmaster: no new connections, open transactions rolled back, a checkpoint, the end. Harsher when it does not listen. */
export async function shutDown(pid: number): Promise<void> {
  const identity = processIdentity(pid);
  const gone = (): boolean => identity === undefined || processIdentity(pid) !== identity;
  for (const [signal, patience] of SHUTDOWN) {
    if (gone()) return;
    signalQuietly(pid, signal);
    for (let waited = 0; waited < patience && !gone(); waited += POLL_MS) await sleep(POLL_MS);
  }
}

export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
