import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every certificate that a device has signed in with, so that all can be revoked; and the removals that the hub has proposed. */
export class Removals1763001700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE removal_proposals, device_certificates');
  }
}

const STATEMENTS = [
  `CREATE TABLE device_certificates (
    fingerprint text NOT NULL CONSTRAINT device_certificates_pkey PRIMARY KEY,
    device text NOT NULL CONSTRAINT device_certificates_device_fkey REFERENCES devices (device),
    contact_point text NOT NULL,
    certificate bytea NOT NULL
  )`,
  `CREATE INDEX device_certificates_contact_point ON device_certificates (contact_point, device)`,
  `INSERT INTO device_certificates (fingerprint, device, contact_point, certificate)
   SELECT fingerprint, device, contact_point, certificate FROM devices`,
  `CREATE TABLE removal_proposals (
    channel uuid NOT NULL CONSTRAINT removal_proposals_channel_fkey REFERENCES channels (id),
    epoch bigint NOT NULL,
    leaf_index integer NOT NULL,
    reference text NOT NULL,
    CONSTRAINT removal_proposals_pkey PRIMARY KEY (channel, epoch, leaf_index)
  )`,
  ...['device_certificates', 'removal_proposals'].map(
    (table) =>
      `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ),
  `GRANT SELECT, INSERT ON device_certificates, removal_proposals TO liaison_app`,
];
