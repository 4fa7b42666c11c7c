import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which records say something of which: consents, re-marks, withdrawals. A row is written before its record is sequenced, outside
 * the statement that stores records, so that records which say nothing of others cost nothing; a row whose record was never
 * stored means nothing.
 */
export class RecordsAbout1763000500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE records_about');
  }
}

const STATEMENTS = [
  `CREATE TABLE records_about (
    channel uuid NOT NULL,
    about uuid NOT NULL,
    record_id uuid NOT NULL,
    CONSTRAINT records_about_pkey PRIMARY KEY (channel, about, record_id)
  )`,
  `INSERT INTO records_about (channel, about, record_id)
   SELECT channel, (header::jsonb ->> 'inReplyTo')::uuid, record_id FROM channel_events
   WHERE type = 'record' AND header::jsonb ->> 'kind' IN ('consent', 'marking', 'withdrawal')
     AND header::jsonb ->> 'inReplyTo' IS NOT NULL`,
  `CREATE TRIGGER records_about_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON records_about
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `GRANT SELECT, INSERT ON records_about TO liaison_app`,
];
