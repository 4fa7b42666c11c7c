import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A first security key is registered on the one device that was named for it. Allowances of before, for all of an officer's devices, are over. */
export class RegisteringDevice1764100500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM registration_allowances');
    await runner.query('ALTER TABLE registration_allowances DROP COLUMN device');
  }
}

const UP = [
  'DELETE FROM registration_allowances',
  'ALTER TABLE registration_allowances ADD COLUMN device text NOT NULL',
  `INSERT INTO registration_allowances (officer, device, until)
   SELECT DISTINCT ON (officer) officer, device, created_at FROM webauthn_credentials ORDER BY officer, created_at DESC`,
];
