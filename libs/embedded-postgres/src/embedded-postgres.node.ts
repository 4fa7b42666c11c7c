import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LiaisonError, type RandomSource } from '#liaison/protocol';
import { accountForPostgres, type Account } from './account.node.js';
import { findBinaries, usableBinaries } from './binaries.node.js';
import { ADMIN_ROLE, clusterExists, makeCluster } from './cluster.node.js';
import { freePort } from './free-port.node.js';
import { readOrMakePasswords, type Passwords } from './passwords.node.js';
import { existingPlace, makeFolder, reachablePlace, type Place } from './place.node.js';
import {
  shutDown,
  signalQuietly,
  startPostmaster,
  stopOrphan,
  type Postmaster,
  type PostmasterExit,
} from './postmaster.node.js';
import { ensureRolesAndDatabases } from './roles.node.js';
import { settingArguments, type Settings } from './settings.node.js';
import { lockFolder } from './supervisor-lock.node.js';

export interface EmbeddedPostgresOptions {
  /** Made when absent. Holds passwords.json, postgresql.log and the cluster. */
  readonly dataFolder: string;
  readonly random: RandomSource;
  /** Told what happens, in plain words without secrets. */
  readonly log: (message: string) => void;
  /** Default: a free one, another at each start. */
  readonly port?: number;
  readonly settings?: Settings;
  /** Login roles made when absent, each with a password of its own. */
  readonly roles?: readonly string[];
  /** Databases made when absent: name to owner, one of `roles`. */
  readonly databases?: Readonly<Record<string, string>>;
  /** Called once when PostgreSQL ends without stop(). */
  readonly onExit?: (exit: PostmasterExit) => void;
  /** A folder with initdb and postgres, to use instead of those found. */
  readonly binaries?: string;
}

/** A running PostgreSQL that only this machine can reach, and only with a password. */
export interface EmbeddedPostgres {
  /** Connection string of the superuser to the database `postgres`. */
  readonly adminUrl: string;
  readonly port: number;
  /** The postmaster's process id. */
  readonly pid: number;
  /** Connection string; the superuser's without a role. @throws LiaisonError `usage` for a role that was not asked for. */
  url(database: string, role?: string): string;
  /** Fast shutdown. Resolves when the process is gone and the folder is free; safe to call again. */
  stop(): Promise<void>;
  /** Ends the postmaster as a power cut would. Resolves when it is gone. */
  kill9ForTesting(): Promise<void>;
}

const LOG_LIMIT_BYTES = 4_000_000;
const PORT_ATTEMPTS = 5;
const BACKENDS_END_MS = 10_000;

/**
 * Starts PostgreSQL in `dataFolder`, making the cluster at the first start and ending what a crashed predecessor left.
 * @throws LiaisonError `conflict` (folder or port in use), `unavailable` (cannot start; the message says why and what to do), `usage`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  settingArguments(options.settings ?? {}, 0);
  const folder = makeFolder(options.dataFolder);
  const release = withPlainErrors(folder, () => lockFolder(folder));
  try {
    const prepared = withPlainErrors(folder, () => prepare(folder, options));
    const { postmaster, port } = await run(prepared, options);
    const running = new Running(postmaster, port, prepared.passwords, release, options.onExit);
    await finish(running, prepared.passwords, options);
    return running;
  } catch (error) {
    release();
    throw error;
  }
}

interface Prepared {
  readonly place: Place;
  readonly account: Account | undefined;
  readonly bin: string;
  readonly passwords: Passwords;
}

function prepare(folder: string, options: EmbeddedPostgresOptions): Prepared {
  const found = existingPlace(folder);
  const account = accountForPostgres(found.cluster);
  const place = reachablePlace(found, account, options.random, options.log);
  const exists = clusterExists(place);
  const passwords = readOrMakePasswords(folder, [ADMIN_ROLE, ...(options.roles ?? [])], options.random, exists);
  const binaries = options.binaries === undefined ? findBinaries() : { bin: options.binaries };
  const bin = usableBinaries(binaries, account, place.home);
  if (!exists) {
    options.log(`Making a PostgreSQL database in ${place.cluster}.`);
    makeCluster(place, bin, account, passwords[ADMIN_ROLE] ?? '');
  }
  return { place, account, bin, passwords };
}

async function run(
  prepared: Prepared,
  options: EmbeddedPostgresOptions,
): Promise<{ postmaster: Postmaster; port: number }> {
  const { place, bin, account } = prepared;
  if (await stopOrphan(place.cluster)) options.log('Stopped the PostgreSQL that a crash had left running.');
  const logFile = join(place.folder, 'postgresql.log');
  shortenLog(logFile);
  let [attempts, waited] = [0, 0];
  for (;;) {
    const port = options.port ?? (await freePort());
    const command = { bin, cluster: place.cluster, arguments: settingArguments(options.settings ?? {}, port) };
    const started = await startPostmaster(command, account, logFile);
    if (!('failed' in started)) return { postmaster: started, port };
    const portTaken = started.failed.includes('Address already in use');
    if (portTaken && options.port === undefined && ++attempts < PORT_ATTEMPTS) continue;
    // After kill -9 of the postmaster its backends need a moment to notice.
    if (started.failed.includes('shared memory block') && (waited += 100) < BACKENDS_END_MS) await sleep(100);
    else throw failure(started.failed, portTaken, port, logFile);
  }
}

function failure(reason: string, portTaken: boolean, port: number, logFile: string): LiaisonError {
  if (portTaken) return new LiaisonError('conflict', `Port ${port} is in use. Choose another for PostgreSQL, or none.`);
  return new LiaisonError('unavailable', `PostgreSQL did not start: ${reason} (log: ${logFile})`);
}

async function finish(running: Running, passwords: Passwords, options: EmbeddedPostgresOptions): Promise<void> {
  try {
    await ensureRolesAndDatabases(running.adminUrl, passwords, options.roles ?? [], options.databases ?? {});
  } catch (error) {
    await running.stop();
    throw new LiaisonError('unavailable', `PostgreSQL runs but cannot be prepared: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** One old log is kept. */
function shortenLog(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.old`);
}

function withPlainErrors<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error;
    throw new LiaisonError(
      'unavailable',
      `This account may not use ${path ?? folder} (${code}). Start as the account that owns ${folder}, or choose another data folder.`,
      { cause: error },
    );
  }
}

class Running implements EmbeddedPostgres {
  readonly adminUrl: string;
  readonly pid: number;
  private stopping: Promise<void> | undefined;
  private readonly onProcessExit = (): void => {
    signalQuietly(this.pid, 'SIGINT');
  };

  constructor(
    private readonly postmaster: Postmaster,
    readonly port: number,
    private readonly passwords: Passwords,
    private readonly release: () => void,
    onExit: ((exit: PostmasterExit) => void) | undefined,
  ) {
    this.pid = postmaster.pid;
    this.adminUrl = this.url('postgres');
    process.once('exit', this.onProcessExit);
    void postmaster.ended.then((exit) => {
      process.removeListener('exit', this.onProcessExit);
      release();
      if (this.stopping === undefined) onExit?.(exit);
    });
  }

  url(database: string, role: string = ADMIN_ROLE): string {
    const password = this.passwords[role];
    if (password === undefined) throw new LiaisonError('usage', `No password is known for the role ${role}.`);
    return `postgresql://${encodeURIComponent(role)}:${password}@127.0.0.1:${this.port}/${encodeURIComponent(database)}`;
  }

  stop(): Promise<void> {
    this.stopping ??= shutDown(this.pid).then(async () => {
      await this.postmaster.ended;
      this.release();
    });
    return this.stopping;
  }

  async kill9ForTesting(): Promise<void> {
    signalQuietly(this.pid, 'SIGKILL');
    await this.postmaster.ended;
  }
}
