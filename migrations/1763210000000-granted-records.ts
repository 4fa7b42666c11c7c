import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records that were granted to devices which were not there when they were sent: who gave what to whom, and why. */
export class GrantedRecords1763210000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE granted_records');
  }
}

const STATEMENTS = [
  `CREATE TABLE granted_records (
    device text NOT NULL,
    channel uuid NOT NULL,
    seq bigint NOT NULL,
    granted_by text NOT NULL,
    record_id uuid NOT NULL,
    granted_at timestamptz(3) NOT NULL,
    purpose text NOT NULL,
    signature bytea NOT NULL,
    log_index bigint NOT NULL,
    CONSTRAINT granted_records_pkey PRIMARY KEY (device, channel, seq, granted_by)
  )`,
  `CREATE TRIGGER granted_records_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON granted_records
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `GRANT SELECT, INSERT ON granted_records TO liaison_app`,
];
