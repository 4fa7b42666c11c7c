import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A lock ends by the signature of the contact point's CA, too: no device has signed it. One signature ends one lock. */
export class AuthorityReleases1765200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  /** What a CA has ended is locked again: the hub of before knows of no such end. */
  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE officer_unlocks ALTER COLUMN device DROP NOT NULL, ALTER COLUMN certificate DROP NOT NULL,
   ALTER COLUMN officer DROP NOT NULL,
   ADD CONSTRAINT officer_unlocks_by CHECK ((device IS NULL) = (certificate IS NULL) AND (device IS NULL) = (officer IS NULL))`,
  `CREATE UNIQUE INDEX officer_unlocks_signature ON officer_unlocks (signature)`,
];

const DOWN = [
  `DROP INDEX officer_unlocks_signature`,
  `ALTER TABLE officer_unlocks DISABLE TRIGGER officer_unlocks_append_only`,
  `DELETE FROM officer_unlocks WHERE device IS NULL`,
  `ALTER TABLE officer_unlocks ENABLE TRIGGER officer_unlocks_append_only`,
  `ALTER TABLE officer_unlocks DROP CONSTRAINT officer_unlocks_by, ALTER COLUMN device SET NOT NULL,
   ALTER COLUMN certificate SET NOT NULL, ALTER COLUMN officer SET NOT NULL`,
];
