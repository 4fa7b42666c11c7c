import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '#liaison/crypto.node';
import { SMALL_SETTINGS, startEmbeddedPostgres } from '#liaison/embedded-postgres.node';

/** Connection strings to the database `postgres`, by role. */
export interface ClusterUrls {
  readonly admin: string;
  readonly owner: string;
  readonly app: string;
}

export interface Cluster {
  readonly urls: ClusterUrls;
  stop(): Promise<void>;
}

/** Where the run's shared cluster is asked for; set by `jest/setup.mjs`. */
const SHARED = process.env['LIAISON_TEST_POSTGRES'];

/** The one cluster of this jest run; outside of jest, one of the caller's own. */
export async function testCluster(): Promise<Cluster> {
  if (SHARED === undefined) return startCluster();
  const answer = await fetch(SHARED);
  if (!answer.ok) throw new Error(`The shared PostgreSQL of this test run did not start: ${await answer.text()}`);
  return { urls: (await answer.json()) as ClusterUrls, stop: () => Promise.resolve() };
}

/**
 * A PostgreSQL in a temporary folder, durable as in production, that goes away with it.
 * @public jest/setup.mjs calls it from the built files.
 */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-postgres-'));
  const postgres = await startEmbeddedPostgres({
    dataFolder: folder,
    random: systemRandom,
    log: () => undefined,
    settings: { ...SMALL_SETTINGS, max_connections: 120 },
    roles: ['liaison_owner', 'liaison_app'],
  });
  const urls = {
    admin: postgres.adminUrl,
    owner: postgres.url('postgres', 'liaison_owner'),
    app: postgres.url('postgres', 'liaison_app'),
  };
  const stop = async (): Promise<void> => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { urls, stop };
}
