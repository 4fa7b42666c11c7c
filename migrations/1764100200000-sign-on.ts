import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A proof that is being made at a national sign-on. */
export class SignOn1764100200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE proof_tickets ADD COLUMN state text, ADD COLUMN nonce text, ADD COLUMN verifier text',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE proof_tickets DROP COLUMN state, DROP COLUMN nonce, DROP COLUMN verifier');
  }
}
