import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { startHub, startTestPostgres, type TestPostgres } from '#liaison/testing';
import { MIGRATIONS } from '../../../migrations/index.js';
import { dataSourceOptions } from '../src/database/data-source.js';
import { migrate, unmigrateForTesting } from '../src/database/migrate.js';

let database: TestPostgres;
beforeAll(async () => {
  database = await startTestPostgres();
});
afterAll(async () => {
  await database.stop();
});

async function as<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** SQLSTATE of what PostgreSQL answers, or `done`. */
function outcome(url: string, sql: string): Promise<string> {
  return as(url, async (client) => {
    try {
      await client.query(sql);
      return 'done';
    } catch (error) {
      return (error as pg.DatabaseError).code ?? 'unknown';
    }
  });
}

const INSUFFICIENT_PRIVILEGE = '42501';

describe('the schema', () => {
  it('is what the entities say', async () => {
    const dataSource = await new DataSource(dataSourceOptions(database.ownerUrl, 1)).initialize();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    await dataSource.destroy();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('goes down to nothing and comes up again the same', async () => {
    const fresh = await startTestPostgres();
    const before = await as(fresh.ownerUrl, describeSchema);
    await unmigrateForTesting(fresh.ownerUrl);
    expect((await as(fresh.ownerUrl, describeSchema)).filter((line) => !line.startsWith('schema_migrations'))).toEqual(
      [],
    );
    expect(await migrate(fresh.ownerUrl)).toEqual(MIGRATIONS.map(({ name }) => name));
    expect(await as(fresh.ownerUrl, describeSchema)).toEqual(before);
    await fresh.stop();
  });

  it('is migrated once where two hubs start at once', async () => {
    const fresh = await startTestPostgres();
    await unmigrateForTesting(fresh.ownerUrl);
    const runs = await Promise.all([migrate(fresh.ownerUrl), migrate(fresh.ownerUrl)]);
    expect(runs.flat()).toHaveLength(MIGRATIONS.length);
    await fresh.stop();
  });
});

/** Columns, constraints, indexes, triggers and grants, as sorted lines. */
async function describeSchema(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(`
    SELECT table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable AS line
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT tgrelid::regclass || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT table_name || ' ' || grantee || ' ' || privilege_type
      FROM information_schema.role_table_grants WHERE table_schema = 'public'
    UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1`);
  return rows.map(({ line }) => line);
}

describe('the application role', () => {
  it.each([
    ['UPDATE channel_events SET seq = 0'],
    ['DELETE FROM channel_events'],
    ['TRUNCATE channel_events'],
    ['DELETE FROM record_bodies'],
    ['UPDATE log_entries SET entry = entry'],
    ['DELETE FROM log_entries'],
    ['TRUNCATE log_entries'],
    ['DELETE FROM log_head'],
    ['DELETE FROM log_edge'],
    ['UPDATE log_tiles SET hashes = hashes'],
    ['DELETE FROM log_checkpoints'],
    ['DELETE FROM log_cosignatures'],
    ['DELETE FROM logged_openings'],
    ['DELETE FROM record_erasures'],
    ['UPDATE record_erasures SET purpose = purpose'],
    ['DELETE FROM legal_holds'],
    ['UPDATE custody_deposits SET sealed = sealed'],
    ['DELETE FROM log_mentions'],
    ['UPDATE rosters SET roster = roster'],
    ['DELETE FROM rosters'],
    ['DELETE FROM revocation_lists'],
    ['DELETE FROM devices'],
    ['CREATE TABLE mine (id integer)'],
    ['CREATE TEMPORARY TABLE mine (id integer)'],
    ['CREATE SCHEMA mine'],
    ['CREATE ROLE mine'],
    ['ALTER TABLE rosters DISABLE TRIGGER ALL'],
    ['DROP TABLE rosters'],
    ['GRANT UPDATE ON rosters TO liaison_app; UPDATE rosters SET roster = roster'],
    ['SELECT * FROM pg_authid'],
    ["SELECT pg_read_file('postgresql.conf')"],
    ["COPY rosters TO '/tmp/rosters'"],
    ['INSERT INTO schema_migrations (timestamp, name) VALUES (1, $$x$$)'],
    ['SET ROLE liaison_owner'],
  ])('may not: %s', async (sql) => {
    expect(await outcome(database.appUrl, sql)).toBe(INSUFFICIENT_PRIVILEGE);
  });

  it('has exactly these rights', async () => {
    const rights = await as(database.ownerUrl, async (client) => {
      const { rows } = await client.query<{ line: string }>(
        `SELECT table_name || ': ' || string_agg(privilege_type, ' ' ORDER BY privilege_type) AS line
         FROM information_schema.role_table_grants WHERE grantee = 'liaison_app' GROUP BY table_name ORDER BY table_name`,
      );
      return rows.map(({ line }) => line);
    });
    expect(rights).toEqual([
      'channel_events: INSERT SELECT',
      'channel_groups: INSERT SELECT UPDATE',
      'channel_leavings: INSERT SELECT',
      'channel_memberships: INSERT SELECT UPDATE',
      'channels: INSERT SELECT UPDATE',
      'custody_approvals: INSERT SELECT',
      'custody_deposits: INSERT SELECT',
      'custody_openings: INSERT SELECT',
      'custody_requests: INSERT SELECT',
      'device_certificates: INSERT SELECT',
      'device_cursors: INSERT SELECT UPDATE',
      'devices: INSERT SELECT UPDATE',
      'enrolment_decisions: INSERT SELECT',
      'enrolment_requests: INSERT SELECT',
      'granted_records: INSERT SELECT',
      'hold_lifts: INSERT SELECT',
      'invitations: INSERT SELECT',
      'key_packages: DELETE INSERT SELECT UPDATE',
      'legal_holds: INSERT SELECT',
      'log_checkpoints: INSERT SELECT',
      'log_cosignatures: INSERT SELECT',
      'log_edge: SELECT UPDATE',
      'log_entries: INSERT SELECT',
      'log_head: SELECT UPDATE',
      'log_mentions: INSERT SELECT',
      'log_mentions_head: SELECT UPDATE',
      'log_tiles: INSERT SELECT',
      'logged_exports: INSERT SELECT',
      'logged_openings: INSERT SELECT',
      'officer_locks: INSERT SELECT',
      'officer_unlocks: INSERT SELECT',
      'proof_failures: DELETE INSERT SELECT UPDATE',
      'proof_tickets: DELETE INSERT SELECT UPDATE',
      'record_bodies: INSERT SELECT',
      'record_erasures: INSERT SELECT',
      'records_about: INSERT SELECT',
      'registration_allowances: DELETE INSERT SELECT UPDATE',
      'removal_proposals: INSERT SELECT',
      'renewal_requests: INSERT SELECT',
      'renewed_certificates: INSERT SELECT',
      'revocation_lists: INSERT SELECT',
      'rosters: INSERT SELECT',
      'schema_migrations: SELECT',
      'second_proofs: DELETE INSERT SELECT UPDATE',
      'sessions: DELETE INSERT SELECT UPDATE',
      'sign_in_policies: INSERT SELECT',
      'sign_in_refusals: INSERT SELECT UPDATE',
      'used_challenges: DELETE INSERT SELECT',
      'webauthn_credentials: DELETE INSERT SELECT UPDATE',
      'welcome_recipients: DELETE INSERT SELECT',
      'welcomes: DELETE INSERT SELECT',
    ]);
  });
});

describe('the append-only tables', () => {
  it('refuse their owner too', async () => {
    for (const sql of [
      'UPDATE channel_events SET seq = 0',
      'DELETE FROM channel_events',
      'TRUNCATE channel_events',
      "UPDATE log_entries SET entry = '{}'",
      'DELETE FROM log_entries',
      'TRUNCATE log_tiles',
      'UPDATE log_checkpoints SET note = note',
      'TRUNCATE record_bodies',
      'UPDATE log_head SET size = size - 1',
      'UPDATE log_edge SET size = size - 1',
      'DELETE FROM log_head',
    ]) {
      expect(await outcome(database.ownerUrl, sql)).not.toBe('done');
    }
  });
});

describe('a hub', () => {
  it('refuses to start as a role that may alter the schema', async () => {
    await expect(startHub({ database, configuration: { databaseUrl: database.ownerUrl } })).rejects.toThrow(
      'Use the role liaison_app',
    );
    await expect(startHub({ database, configuration: { databaseUrl: database.adminUrl } })).rejects.toThrow(
      'Use the role liaison_app',
    );
  });

  it('refuses a schema that is behind, unless it may migrate it', async () => {
    const behind = await startTestPostgres();
    await unmigrateForTesting(behind.ownerUrl);
    await expect(startHub({ database: behind })).rejects.toThrow('LIAISON_DATABASE_OWNER_URL');
    const hub = await startHub({ database: behind, configuration: { databaseOwnerUrl: behind.ownerUrl } });
    await hub.stop();
    await behind.stop();
  });

  it('refuses a database of a newer hub', async () => {
    const newer = await startTestPostgres();
    await as(newer.ownerUrl, (client) =>
      client.query("INSERT INTO schema_migrations (timestamp, name) VALUES (9999999999999, 'Later9999999999999')"),
    );
    await expect(startHub({ database: newer })).rejects.toThrow('newer hub');
    await newer.stop();
  });

  it('leaves no connection behind when it stops', async () => {
    const hub = await startHub({ database });
    await hub.stop();
    const { rowCount } = await as(database.ownerUrl, (client) =>
      client.query(
        "SELECT FROM pg_stat_activity WHERE application_name = 'liaison-hub' AND datname = current_database()",
      ),
    );
    expect(rowCount).toBe(0);
  });
});
