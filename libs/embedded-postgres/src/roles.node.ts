import pg from 'pg';
import type { Passwords } from './passwords.node.js';

/** Makes the login roles and databases that are missing. A role has no rights but those that its owner grants. */
export async function ensureRolesAndDatabases(
  adminUrl: string,
  passwords: Passwords,
  roles: readonly string[],
  databases: Readonly<Record<string, string>>,
): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const role of roles) await ensureRole(client, role, passwords[role] ?? '');
    for (const [database, owner] of Object.entries(databases)) await ensureDatabase(client, database, owner);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount === 1) return;
  // Utility statements take no parameters.
  await client.query(`CREATE ROLE ${client.escapeIdentifier(role)} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
}

async function ensureDatabase(client: pg.Client, database: string, owner: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 1) return;
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)} OWNER ${client.escapeIdentifier(owner)}`);
}
