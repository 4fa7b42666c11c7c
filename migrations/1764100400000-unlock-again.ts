import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An administrator whose agreement to end a lock counts no more may agree again. */
export class UnlockAgain1764100400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE officer_unlocks DROP CONSTRAINT officer_unlocks_pkey,
       ADD CONSTRAINT officer_unlocks_pkey PRIMARY KEY (lock, log_index)`,
    );
  }

  /** Of each administrator the last agreement stays: it is the one that may have ended the lock. */
  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const DOWN = [
  `ALTER TABLE officer_unlocks DISABLE TRIGGER officer_unlocks_append_only`,
  `DELETE FROM officer_unlocks u USING officer_unlocks later
   WHERE later.lock = u.lock AND later.officer = u.officer AND later.log_index > u.log_index`,
  `ALTER TABLE officer_unlocks ENABLE TRIGGER officer_unlocks_append_only`,
  `ALTER TABLE officer_unlocks DROP CONSTRAINT officer_unlocks_pkey,
   ADD CONSTRAINT officer_unlocks_pkey PRIMARY KEY (lock, officer)`,
];
