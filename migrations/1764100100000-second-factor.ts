import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What contact points demand of a sign-in, and the second proofs that their people make. */
export class SecondFactor1764100100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE registration_allowances, proof_tickets, webauthn_credentials, second_proofs, sign_in_policies',
    );
  }
}

const STATEMENTS = [
  `CREATE TABLE sign_in_policies (
    contact_point text NOT NULL,
    number integer NOT NULL,
    policy text NOT NULL,
    signature text NOT NULL,
    stored_at timestamptz(3) NOT NULL,
    CONSTRAINT sign_in_policies_pkey PRIMARY KEY (contact_point, number)
  )`,
  `CREATE TRIGGER sign_in_policies_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sign_in_policies
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `CREATE TABLE second_proofs (
    device text NOT NULL CONSTRAINT second_proofs_pkey PRIMARY KEY CONSTRAINT second_proofs_device_fkey REFERENCES devices (device),
    method text NOT NULL,
    proved_at timestamptz(3) NOT NULL,
    until timestamptz(3) NOT NULL
  )`,
  `CREATE TABLE webauthn_credentials (
    id text NOT NULL CONSTRAINT webauthn_credentials_pkey PRIMARY KEY,
    officer text NOT NULL,
    device text NOT NULL,
    public_key bytea NOT NULL,
    counter bigint NOT NULL,
    created_at timestamptz(3) NOT NULL,
    last_used_at timestamptz(3) NOT NULL
  )`,
  `CREATE INDEX webauthn_credentials_officer ON webauthn_credentials (officer)`,
  `CREATE TABLE proof_tickets (
    ticket text NOT NULL CONSTRAINT proof_tickets_pkey PRIMARY KEY,
    flow text,
    device text NOT NULL,
    session text NOT NULL,
    purpose text NOT NULL,
    code text NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    challenge text
  )`,
  `CREATE UNIQUE INDEX proof_tickets_flow ON proof_tickets (flow)`,
  `CREATE INDEX proof_tickets_session ON proof_tickets (session)`,
  `CREATE INDEX proof_tickets_expires_at ON proof_tickets (expires_at)`,
  `CREATE TABLE registration_allowances (
    officer text NOT NULL CONSTRAINT registration_allowances_pkey PRIMARY KEY,
    until timestamptz(3) NOT NULL
  )`,
  `GRANT SELECT, INSERT ON sign_in_policies TO liaison_app`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON second_proofs, webauthn_credentials, proof_tickets, registration_allowances TO liaison_app`,
];
