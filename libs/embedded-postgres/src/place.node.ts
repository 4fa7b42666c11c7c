import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LiaisonError, type RandomSource } from '#liaison/protocol';
import { canReach, type Account } from './account.node.js';

/** Where things lie. `home` is `folder`, unless root keeps its data where PostgreSQL's account cannot reach. */
export interface Place {
  /** Ours: lock, passwords, log. */
  readonly folder: string;
  /** PostgreSQL's: the cluster, and a copy of the binaries where one is needed. */
  readonly home: string;
  /** PGDATA. */
  readonly cluster: string;
}

const SYSTEM_DATA = '/var/lib/liaison';

/**
 * Makes the data folder. Its parents get ordinary modes, and root lets others pass through the folder (not read it):
 * a closed one would lock PostgreSQL's account out. What lies in it is closed by itself.
 */
export function makeFolder(dataFolder: string): string {
  const folder = resolve(dataFolder);
  const isNew = !existsSync(folder);
  try {
    if (isNew) mkdirSync(folder, { recursive: true });
    if (process.getuid?.() === 0) letPass(folder);
    else if (isNew) chmodSync(folder, 0o700);
    return folder;
  } catch (error) {
    throw new LiaisonError('unavailable', `Cannot make the data folder ${folder}: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function letPass(folder: string): void {
  const { uid, mode } = statSync(folder);
  const wanted = (mode & 0o700) | 0o011;
  if (uid === 0 && (mode & 0o777) !== wanted) chmodSync(folder, wanted);
}

/** @param folder as of makeFolder. The file `elsewhere` in it names the home when that is another folder. */
export function existingPlace(folder: string): Place {
  const record = join(folder, 'elsewhere');
  return placeAt(folder, existsSync(record) ? readFileSync(record, 'utf8').trim() : folder);
}

/** Moves the home of a cluster that is yet to be made to /var/lib/liaison when the account cannot reach the folder (as under /root). */
export function reachablePlace(
  place: Place,
  account: Account | undefined,
  random: RandomSource,
  log: (message: string) => void,
): Place {
  if (canReach(account, place.cluster)) return place;
  if (statSync(place.cluster, { throwIfNoEntry: false }) !== undefined) throw unreachable(place, account);
  const home = join(SYSTEM_DATA, Buffer.from(random.bytes(8)).toString('hex'));
  mkdirSync(home, { recursive: true });
  writeFileSync(join(place.folder, 'elsewhere'), `${home}\n`, { mode: 0o600, flush: true });
  const moved = placeAt(place.folder, home);
  if (!canReach(account, moved.cluster)) throw unreachable(moved, account);
  log(`PostgreSQL's account ${account?.name ?? ''} cannot reach ${place.folder}, so the database is kept in ${home}.`);
  return moved;
}

function placeAt(folder: string, home: string): Place {
  return { folder, home, cluster: join(home, 'cluster') };
}

function unreachable(place: Place, account: Account | undefined): LiaisonError {
  return new LiaisonError(
    'unavailable',
    `PostgreSQL runs under the account ${account?.name ?? ''} here, which cannot reach ${place.cluster}. ` +
      'Let it pass the folders above (chmod o+x), or move the data folder.',
  );
}
