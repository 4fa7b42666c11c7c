import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clusterExists } from './cluster.node.js';
import { readPasswords } from './passwords.node.js';
import { existingPlace } from './place.node.js';
import { portOfRunning } from './postmaster.node.js';

/**
 * A connection to a cluster that another process of this account runs: for who looks while a hub is at work.
 * @returns the connection string; `stopped` where nothing runs on it, `absent` where there is none.
 * @throws LiaisonError `unavailable` where others can read the passwords.
 */
export function urlOfRunningPostgres(dataFolder: string, database: string, role: string): string {
  const folder = resolve(dataFolder);
  if (!existsSync(folder)) return 'absent';
  const place = existingPlace(folder);
  if (!clusterExists(place)) return 'absent';
  const port = portOfRunning(place.cluster);
  const password = readPasswords(join(folder, 'passwords.json'))[role];
  if (port === undefined || password === undefined) return 'stopped';
  return `postgresql://${encodeURIComponent(role)}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}
