import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { systemRandom } from '#liaison/crypto.node';
import { startEmbeddedPostgres } from '#liaison/embedded-postgres.node';
import { MIGRATIONS } from '../../../migrations/index.js';
import { ENTITIES } from '../src/database/entities.js';

export interface TestDatabase {
  /** As the application's role, like the hub. */
  readonly pool: pg.Pool;
  /** As the tables' owner. */
  readonly owner: DataSource;
  /** Another node's pool on the same database. */
  readonly anotherPool: () => pg.Pool;
  readonly stop: () => Promise<void>;
}

/** A real PostgreSQL with the hub's schema, in a folder of its own. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-test-'));
  const postgres = await startEmbeddedPostgres({
    dataFolder: folder,
    random: systemRandom,
    log: () => undefined,
    roles: ['liaison_owner', 'liaison_app'],
    databases: { liaison: 'liaison_owner' },
  });
  const owner = await new DataSource({
    type: 'postgres',
    url: postgres.url('liaison', 'liaison_owner'),
    entities: ENTITIES,
    migrations: MIGRATIONS,
  }).initialize();
  await owner.runMigrations();
  const pools: pg.Pool[] = [];
  const anotherPool = () => {
    const pool = new pg.Pool({ connectionString: postgres.url('liaison', 'liaison_app'), max: 8 });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  return {
    pool: anotherPool(),
    owner,
    anotherPool,
    stop: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await owner.destroy();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
