import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Invitations of new devices, what was asked on them, and what was decided: each once, and never changed. */
export class Enrolment1763000900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(GRANTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE enrolment_decisions, enrolment_requests, invitations');
  }
}

const TABLES = `
  CREATE TABLE invitations (
    id uuid NOT NULL CONSTRAINT invitations_pkey PRIMARY KEY,
    contact_point text NOT NULL,
    invitation text NOT NULL,
    signature bytea NOT NULL,
    inviter_certificate bytea NOT NULL,
    token_hash bytea NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    stored_at timestamptz(3) NOT NULL
  );
  CREATE INDEX invitations_contact_point ON invitations (contact_point, stored_at);
  CREATE TABLE enrolment_requests (
    invitation uuid NOT NULL CONSTRAINT enrolment_requests_pkey PRIMARY KEY
      CONSTRAINT enrolment_requests_invitation_fkey REFERENCES invitations (id),
    public_key bytea NOT NULL,
    proof bytea NOT NULL,
    stored_at timestamptz(3) NOT NULL
  );
  CREATE TABLE enrolment_decisions (
    invitation uuid NOT NULL CONSTRAINT enrolment_decisions_pkey PRIMARY KEY
      CONSTRAINT enrolment_decisions_invitation_fkey REFERENCES invitations (id),
    decided_by text NOT NULL,
    certificate bytea,
    stored_at timestamptz(3) NOT NULL
  );
`;

const GRANTS = `GRANT SELECT, INSERT ON invitations, enrolment_requests, enrolment_decisions TO liaison_app`;
