import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What devices ask to be certified for longer, and the certificates that came of it: written once, and never changed. */
export class Renewals1763001300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(`GRANT SELECT, INSERT ON renewal_requests, renewed_certificates TO liaison_app`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE renewed_certificates, renewal_requests');
  }
}

const TABLES = `
  CREATE TABLE renewal_requests (
    fingerprint text NOT NULL,
    day integer NOT NULL,
    contact_point text NOT NULL,
    device text NOT NULL,
    certificate bytea NOT NULL,
    at timestamptz(3) NOT NULL,
    signature bytea NOT NULL,
    stored_at timestamptz(3) NOT NULL,
    CONSTRAINT renewal_requests_pkey PRIMARY KEY (fingerprint, day)
  );
  CREATE INDEX renewal_requests_contact_point ON renewal_requests (contact_point, stored_at);
  CREATE TABLE renewed_certificates (
    fingerprint text NOT NULL CONSTRAINT renewed_certificates_pkey PRIMARY KEY,
    given_by text NOT NULL,
    certificate bytea NOT NULL,
    stored_at timestamptz(3) NOT NULL
  );
`;
