import pg from 'pg';
import { DataSource } from 'typeorm';
import { startTestPostgres } from '#liaison/testing';
import { dataSourceOptions } from '../src/database/data-source.js';

export interface TestDatabase {
  /** As the application's role, like the hub. */
  readonly pool: pg.Pool;
  /** As the tables' owner. */
  readonly owner: DataSource;
  /** Another node's pool on the same database. */
  readonly anotherPool: () => pg.Pool;
  readonly stop: () => Promise<void>;
}

export async function startTestDatabase(): Promise<TestDatabase> {
  const postgres = await startTestPostgres();
  const owner = await new DataSource(dataSourceOptions(postgres.ownerUrl, 2)).initialize();
  const pools: pg.Pool[] = [];
  const anotherPool = () => {
    const pool = new pg.Pool({ connectionString: postgres.appUrl, max: 8 });
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
    },
  };
}
