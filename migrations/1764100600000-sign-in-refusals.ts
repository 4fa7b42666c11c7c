import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the log last said that a sign-in of a device was refused, and why: one word of all hub processes. */
export class SignInRefusals1764100600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE sign_in_refusals (
      device text NOT NULL,
      reason text NOT NULL,
      last_at timestamptz(3) NOT NULL,
      CONSTRAINT sign_in_refusals_pkey PRIMARY KEY (device, reason)
    )`);
    await runner.query('GRANT SELECT, INSERT, UPDATE ON sign_in_refusals TO liaison_app');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sign_in_refusals');
  }
}
