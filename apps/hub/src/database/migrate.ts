import pg from 'pg';
import { DataSource } from 'typeorm';
import { LiaisonError } from '#liaison/protocol';
import { dataSourceOptions, MIGRATIONS_TABLE } from './data-source.js';
import { APP_ROLE } from './roles.js';

/** Any number, the same in every hub process: they migrate one after the other. */
const MIGRATION_LOCK = 4_680_001;

/**
 * Brings the schema up to date as the owner role, and closes the database to everyone but the application role.
 * @returns names of the migrations that were run now.
 * @throws LiaisonError `unavailable` where the application role is missing.
 */
export function migrate(ownerUrl: string): Promise<string[]> {
  return asOwner(ownerUrl, async (owner, dataSource) => {
    await requireAppRole(owner);
    const run = await dataSource.runMigrations();
    await closeToOthers(owner);
    return run.map(({ name }) => name);
  });
}

/** Undoes every migration, newest first. Loses all data: for tests of the migrations. */
export function unmigrateForTesting(ownerUrl: string): Promise<void> {
  return asOwner(ownerUrl, async (_owner, dataSource) => {
    for (const _migration of dataSource.migrations) await dataSource.undoLastMigration();
  });
}

async function asOwner<T>(
  ownerUrl: string,
  work: (owner: pg.Client, dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  const dataSource = new DataSource(dataSourceOptions(ownerUrl, 2));
  await owner.connect();
  try {
    await owner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.initialize();
    return await work(owner, dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await owner.end();
  }
}

async function requireAppRole(owner: pg.Client): Promise<void> {
  const { rowCount } = await owner.query('SELECT FROM pg_roles WHERE rolname = $1', [APP_ROLE]);
  if (rowCount === 1) return;
  throw new LiaisonError(
    'unavailable',
    `The database has no role ${APP_ROLE}. Make it as a superuser: CREATE ROLE ${APP_ROLE} LOGIN PASSWORD '…';`,
  );
}

/** Databases do not carry these over when they are copied, so they are set at each start. */
async function closeToOthers(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<{ name: string }>('SELECT current_database() AS name');
  const database = owner.escapeIdentifier(rows[0]?.name ?? '');
  await owner.query(`
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${database} TO ${APP_ROLE};
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO ${APP_ROLE};
    GRANT SELECT ON ${MIGRATIONS_TABLE} TO ${APP_ROLE};
  `);
}
