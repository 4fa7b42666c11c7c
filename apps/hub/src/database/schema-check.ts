import type { Pool } from 'pg';
import { LiaisonError } from '#liaison/protocol';
import { MIGRATIONS } from '../../../../migrations/index.js';
import { MIGRATIONS_TABLE } from './data-source.js';

/** @throws LiaisonError `unavailable` where a migration is missing, or the database was migrated by a newer hub. */
export async function requireCurrentSchema(pool: Pool): Promise<void> {
  const expected = MIGRATIONS.map(({ name }) => name);
  const found = await migrationsRun(pool);
  if (found.length === expected.length && expected.every((name, index) => name === found[index])) return;
  throw new LiaisonError(
    'unavailable',
    found.length > expected.length
      ? 'The database was migrated by a newer hub. Start that version, or restore a backup.'
      : 'The database schema is not up to date. Give LIAISON_DATABASE_OWNER_URL once, so that the hub can migrate it.',
  );
}

/** @throws LiaisonError `unavailable` where the application role could alter the schema or the append-only tables. */
export async function requireLeastPrivilege(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ too_strong: boolean }>(
    `SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls
         OR has_schema_privilege('public', 'CREATE')
         OR has_table_privilege('rosters', 'UPDATE, DELETE, TRUNCATE') AS too_strong
       FROM pg_roles WHERE rolname = current_user`,
  );
  if (rows[0]?.too_strong === false) return;
  throw new LiaisonError(
    'unavailable',
    'LIAISON_DATABASE_URL names a role that may do more than the hub needs. Use the role liaison_app.',
  );
}

async function migrationsRun(pool: Pool): Promise<string[]> {
  try {
    const { rows } = await pool.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY id`);
    return rows.map(({ name }) => name);
  } catch (error) {
    const UNDEFINED_TABLE = '42P01';
    if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return [];
    throw error;
  }
}
