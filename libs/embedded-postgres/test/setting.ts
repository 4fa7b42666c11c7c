import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { processIdentity } from '../src/process-identity.node.js';
import {
  startEmbeddedPostgres,
  SMALL_SETTINGS,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../src/index.node.js';

export const asRoot = process.getuid?.() === 0;

/** A new folder under one that any account may enter. */
export function newFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'liaison-postgres-'));
  chmodSync(parent, 0o755);
  return join(parent, 'data');
}

/** Copies a stopped cluster, owners and all: a tenth of the time of a first start. */
export function copyFolder(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Removes what a test left, a cluster elsewhere included. */
export function removeFolder(folder: string): void {
  const elsewhere = join(folder, 'elsewhere');
  if (existsSync(elsewhere)) rmSync(readFileSync(elsewhere, 'utf8').trim(), { recursive: true, force: true });
  rmSync(join(folder, '..'), { recursive: true, force: true });
}

export function start(dataFolder: string, options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataFolder,
    random: { bytes: (length) => randomBytes(length) },
    log: () => undefined,
    settings: SMALL_SETTINGS,
    ...options,
  });
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

export function isRunning(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

/** Command lines of live processes that name the folder. */
export async function processesOn(folder: string): Promise<string[]> {
  const ps = spawn('ps', ['-eo', 'stat=,args='], { stdio: ['ignore', 'pipe', 'inherit'] });
  const found: string[] = [];
  for await (const line of createInterface({ input: ps.stdout })) if (line.includes(folder)) found.push(line);
  return found;
}

export interface Supervised {
  readonly child: ChildProcess;
  /** What supervise.mjs printed. */
  readonly said: {
    readonly pid?: number;
    readonly adminUrl?: string;
    readonly code?: string;
    readonly message?: string;
  };
}

/** Starts PostgreSQL from a process of its own, under another account when `uid` is given. */
export async function supervise(folder: string, uid?: number): Promise<Supervised> {
  const script = (name: string): string => join(import.meta.dirname, name);
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      '--conditions=liaison-source',
      '--import',
      script('../../testing/jest/typescript.mjs'),
      script('supervise.mjs'),
      folder,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], ...(uid === undefined ? {} : { uid, gid: uid }) },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    // One that failed is ending; the caller need not wait for it.
    if (line.includes('"code"')) await once(child, 'exit');
    return { child, said: JSON.parse(line) as Supervised['said'] };
  }
  throw new Error('The supervisor ended without a word.');
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
