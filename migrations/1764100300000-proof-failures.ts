import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Second proofs that failed, for each device since the last one that did not. */
export class ProofFailures1764100300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE proof_failures (
      device text NOT NULL CONSTRAINT proof_failures_pkey PRIMARY KEY,
      failures integer NOT NULL,
      last_at timestamptz(3) NOT NULL
    )`);
    await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON proof_failures TO liaison_app');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE proof_failures');
  }
}
