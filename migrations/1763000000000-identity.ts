import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rosters, revocation lists, devices, sign-in and KeyPackages. */
export class Identity1763000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(GRANTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_packages, used_challenges, ended_sessions, devices, revocation_lists, rosters');
  }
}

const TABLES = `
  CREATE TABLE rosters (
    version integer NOT NULL CONSTRAINT rosters_pkey PRIMARY KEY,
    roster text NOT NULL,
    signatures jsonb NOT NULL,
    stored_at timestamptz(3) NOT NULL
  );
  CREATE TABLE revocation_lists (
    contact_point text NOT NULL,
    issuer text NOT NULL,
    number bigint NOT NULL,
    crl bytea NOT NULL,
    stored_at timestamptz(3) NOT NULL,
    CONSTRAINT revocation_lists_pkey PRIMARY KEY (contact_point, issuer, number)
  );
  CREATE TABLE devices (
    device text NOT NULL CONSTRAINT devices_pkey PRIMARY KEY,
    contact_point text NOT NULL,
    certificate bytea NOT NULL,
    fingerprint text NOT NULL,
    not_before timestamptz(3) NOT NULL,
    not_after timestamptz(3) NOT NULL,
    first_seen_at timestamptz(3) NOT NULL,
    last_seen_at timestamptz(3) NOT NULL
  );
  CREATE INDEX devices_contact_point ON devices (contact_point);
  CREATE TABLE ended_sessions (
    session text NOT NULL CONSTRAINT ended_sessions_pkey PRIMARY KEY,
    expires_at timestamptz(3) NOT NULL
  );
  CREATE INDEX ended_sessions_expires_at ON ended_sessions (expires_at);
  CREATE TABLE used_challenges (
    nonce text NOT NULL CONSTRAINT used_challenges_pkey PRIMARY KEY,
    expires_at timestamptz(3) NOT NULL
  );
  CREATE INDEX used_challenges_expires_at ON used_challenges (expires_at);
  CREATE TABLE key_packages (
    reference text NOT NULL CONSTRAINT key_packages_pkey PRIMARY KEY,
    device text NOT NULL,
    fingerprint text NOT NULL,
    key_package bytea,
    last_resort boolean NOT NULL,
    not_after timestamptz(3) NOT NULL,
    added_at timestamptz(3) NOT NULL,
    claimed_at timestamptz(3)
  );
  CREATE INDEX key_packages_device ON key_packages (device, added_at);
  CREATE UNIQUE INDEX key_packages_last_resort ON key_packages (device) WHERE last_resort;
`;

// Rosters and revocation lists only ever grow.
const GRANTS = `
  GRANT SELECT, INSERT ON rosters, revocation_lists TO liaison_app;
  GRANT SELECT, INSERT, UPDATE ON devices TO liaison_app;
  GRANT SELECT, INSERT, DELETE ON ended_sessions, used_challenges TO liaison_app;
  GRANT SELECT, INSERT, UPDATE, DELETE ON key_packages TO liaison_app;
`;
