import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LiaisonError } from '#liaison/protocol';
import type { Account } from './account.node.js';
import { spawnOptions } from './postmaster.node.js';
import type { Place } from './place.node.js';

/** The superuser of the embedded cluster. */
export const ADMIN_ROLE = 'liaison_admin';

/**
 * Runs initdb: SCRAM for every connection, data checksums, UTF-8, order by code point (the same on every machine and version).
 * The cluster appears whole or not at all: it is made aside and renamed, so a crash leaves only a draft to throw away.
 */
export function makeCluster(place: Place, bin: string, account: Account | undefined, password: string): void {
  const draft = join(place.home, 'cluster.new');
  const passwordFile = join(place.home, 'password.new');
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  try {
    writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' });
    mkdirSync(draft, { mode: 0o700 });
    if (account !== undefined) for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid);
    runInitdb(draft, passwordFile, bin, account);
    renameSync(draft, place.cluster);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function runInitdb(draft: string, passwordFile: string, bin: string, account: Account | undefined): void {
  const run = spawnSync(
    join(bin, 'initdb'),
    [
      `--pgdata=${draft}`,
      `--username=${ADMIN_ROLE}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--data-checksums',
      '--encoding=UTF8',
      '--locale=C',
    ],
    { ...spawnOptions(draft, account), encoding: 'utf8' },
  );
  if (run.status === 0) return;
  const reason = run.error?.message ?? run.stderr.trim().split('\n').slice(-3).join(' ');
  throw new LiaisonError('unavailable', `PostgreSQL could not make its data folder: ${reason}`);
}

export function clusterExists(place: Place): boolean {
  return existsSync(join(place.cluster, 'PG_VERSION'));
}
