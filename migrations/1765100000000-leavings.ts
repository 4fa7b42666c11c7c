import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Devices that left a channel of their own accord, with what each signed; and whether the group has removed them since. */
export class Leavings1765100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE channel_leavings');
  }
}

const STATEMENTS = [
  `CREATE TABLE channel_leavings (
    channel uuid NOT NULL CONSTRAINT channel_leavings_channel_fkey REFERENCES channels (id),
    device text NOT NULL,
    seq bigint NOT NULL,
    leaf_index integer NOT NULL,
    statement bytea NOT NULL,
    removed_seq bigint,
    CONSTRAINT channel_leavings_pkey PRIMARY KEY (channel, device, seq)
  )`,
  `CREATE UNIQUE INDEX channel_leavings_open ON channel_leavings (channel, leaf_index) WHERE removed_seq IS NULL`,
  `CREATE TRIGGER channel_leavings_kept BEFORE DELETE OR TRUNCATE ON channel_leavings
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `GRANT SELECT, INSERT, UPDATE (removed_seq) ON channel_leavings TO liaison_app`,
];
