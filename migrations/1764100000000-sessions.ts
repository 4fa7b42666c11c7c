import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions as their officers see them, and officers whose devices are all shut out. Sessions of before are over: their devices sign in again. */
export class Sessions1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const SIGNER = `device text NOT NULL,
    signed_at timestamptz(3) NOT NULL,
    signature bytea NOT NULL,
    certificate bytea NOT NULL,
    log_index bigint NOT NULL`;

const UP = [
  `DROP TABLE ended_sessions`,
  `CREATE TABLE sessions (
    session text NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    device text NOT NULL CONSTRAINT sessions_device_fkey REFERENCES devices (device),
    network text NOT NULL,
    started_at timestamptz(3) NOT NULL,
    last_used_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    ended_at timestamptz(3)
  )`,
  `CREATE INDEX sessions_device ON sessions (device)`,
  `CREATE INDEX sessions_expires_at ON sessions (expires_at)`,
  `CREATE INDEX sessions_ended_at ON sessions (ended_at)`,
  `CREATE TABLE officer_locks (
    id uuid NOT NULL CONSTRAINT officer_locks_pkey PRIMARY KEY,
    officer text NOT NULL,
    contact_point text NOT NULL,
    reason text NOT NULL,
    ${SIGNER}
  )`,
  `CREATE INDEX officer_locks_officer ON officer_locks (officer)`,
  `CREATE INDEX officer_locks_contact_point ON officer_locks (contact_point, log_index)`,
  `CREATE TABLE officer_unlocks (
    lock uuid NOT NULL CONSTRAINT officer_unlocks_lock_fkey REFERENCES officer_locks (id),
    officer text NOT NULL,
    reason text NOT NULL,
    completes boolean NOT NULL,
    ${SIGNER},
    CONSTRAINT officer_unlocks_pkey PRIMARY KEY (lock, officer)
  )`,
  ...['officer_locks', 'officer_unlocks'].map(
    (table) =>
      `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ),
  `GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO liaison_app`,
  `GRANT SELECT, INSERT ON officer_locks, officer_unlocks TO liaison_app`,
];

const DOWN = [
  `DROP TABLE officer_unlocks, officer_locks, sessions`,
  `CREATE TABLE ended_sessions (
    session text NOT NULL CONSTRAINT ended_sessions_pkey PRIMARY KEY,
    expires_at timestamptz(3) NOT NULL
  )`,
  `CREATE INDEX ended_sessions_expires_at ON ended_sessions (expires_at)`,
  `GRANT SELECT, INSERT, DELETE ON ended_sessions TO liaison_app`,
];
