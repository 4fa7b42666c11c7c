import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys in custody, their opening, and legal holds: facts, each with who signed it. A hold in force keeps a body, whoever orders its erasure. */
export class Custody1763001300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...CREATE, ...APPEND_ONLY, ...HELD, GRANTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER record_erasures_not_held ON record_erasures');
    await runner.query('DROP FUNCTION refuse_held_erasure');
    for (const table of [...TABLES].reverse()) await runner.query(`DROP TABLE ${table}`);
  }
}

const TABLES = [
  'custody_deposits',
  'custody_requests',
  'custody_approvals',
  'custody_openings',
  'legal_holds',
  'hold_lifts',
];

const SIGNER = `device text NOT NULL,
    signed_at timestamptz(3) NOT NULL,
    signature bytea NOT NULL,
    certificate bytea NOT NULL,
    log_index bigint NOT NULL`;

const CREATE = [
  `CREATE TABLE custody_deposits (
    channel uuid NOT NULL,
    record_id uuid NOT NULL,
    contact_point text NOT NULL,
    key_id text NOT NULL,
    seq bigint NOT NULL,
    sealed bytea NOT NULL,
    ${SIGNER},
    CONSTRAINT custody_deposits_pkey PRIMARY KEY (channel, record_id, contact_point, key_id, device)
  )`,
  `CREATE UNIQUE INDEX custody_deposits_of_contact_point ON custody_deposits (contact_point, log_index)`,
  `CREATE TABLE custody_requests (
    id uuid NOT NULL,
    contact_point text NOT NULL,
    channel uuid NOT NULL,
    records uuid[] NOT NULL,
    reason text NOT NULL,
    authority text NOT NULL,
    ${SIGNER},
    CONSTRAINT custody_requests_pkey PRIMARY KEY (id)
  )`,
  `CREATE INDEX custody_requests_of_contact_point ON custody_requests (contact_point, log_index)`,
  `CREATE TABLE custody_approvals (
    opening uuid NOT NULL,
    ${SIGNER},
    CONSTRAINT custody_approvals_pkey PRIMARY KEY (opening)
  )`,
  `CREATE TABLE custody_openings (
    opening uuid NOT NULL,
    at timestamptz(3) NOT NULL,
    log_index bigint NOT NULL,
    CONSTRAINT custody_openings_pkey PRIMARY KEY (opening)
  )`,
  `CREATE UNIQUE INDEX custody_openings_log_index ON custody_openings (log_index)`,
  `CREATE TABLE legal_holds (
    id uuid NOT NULL,
    contact_point text NOT NULL,
    channel uuid NOT NULL,
    records uuid[],
    since timestamptz(3),
    until timestamptz(3),
    reason text NOT NULL,
    authority text NOT NULL,
    ${SIGNER},
    CONSTRAINT legal_holds_pkey PRIMARY KEY (id)
  )`,
  `CREATE INDEX legal_holds_channel ON legal_holds (channel)`,
  `CREATE TABLE hold_lifts (
    hold uuid NOT NULL,
    reason text NOT NULL,
    ${SIGNER},
    CONSTRAINT hold_lifts_pkey PRIMARY KEY (hold)
  )`,
];

const APPEND_ONLY = TABLES.map(
  (table) => `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
);

/** The hub's own check comes first, and says which hold; this one holds for whatever else the application's role may do. */
const HELD = [
  `CREATE FUNCTION refuse_held_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT FROM legal_holds h JOIN channel_events e ON e.channel = NEW.channel AND e.seq = NEW.seq
        WHERE h.channel = NEW.channel AND NOT EXISTS (SELECT FROM hold_lifts l WHERE l.hold = h.id)
          AND (h.records IS NULL OR NEW.record_id = ANY (h.records))
          AND (h.since IS NULL OR e.at >= h.since) AND (h.until IS NULL OR e.at <= h.until)
      ) THEN RAISE EXCEPTION 'A legal hold is in force.' USING ERRCODE = 'restrict_violation'; END IF;
      RETURN NEW;
    END $$`,
  `CREATE TRIGGER record_erasures_not_held BEFORE INSERT ON record_erasures
   FOR EACH ROW EXECUTE FUNCTION refuse_held_erasure()`,
];

const GRANTS = `GRANT SELECT, INSERT ON ${TABLES.join(', ')} TO liaison_app`;
