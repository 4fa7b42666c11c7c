import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Two administrators are two people: the database refuses an agreement by the officer who asked, from whatever device, or by another contact point. */
export class CustodyOfficers1763220000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER custody_approvals_by_another ON custody_approvals');
    await runner.query('DROP FUNCTION refuse_own_approval');
  }
}

const STATEMENTS = [
  `CREATE FUNCTION refuse_own_approval() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (
        SELECT FROM custody_requests r WHERE r.id = NEW.opening AND starts_with(NEW.device, r.contact_point || ':')
          AND regexp_replace(NEW.device, ':[^:]*$', '') <> regexp_replace(r.device, ':[^:]*$', '')
      ) THEN RAISE EXCEPTION 'Another officer of the same contact point has to agree.' USING ERRCODE = 'restrict_violation'; END IF;
      RETURN NEW;
    END $$`,
  `CREATE TRIGGER custody_approvals_by_another BEFORE INSERT ON custody_approvals
   FOR EACH ROW EXECUTE FUNCTION refuse_own_approval()`,
];
