import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an act was done to counts as named too: the record it speaks of, the records it was made of, the officer who released it. */
export class LogActs1763001100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      mentions(
        `entry ->> 'actor' UNION SELECT entry ->> 'releasedBy' UNION SELECT entry #>> '{subject,device}'`,
        `SELECT entry #>> '{subject,record}' UNION SELECT entry #>> '{subject,about}'
         UNION SELECT source ->> 'record' FROM jsonb_array_elements(coalesce(entry -> 'sources', '[]'::jsonb)) made (source)`,
      ),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      mentions(`entry ->> 'actor' UNION SELECT entry #>> '{subject,device}'`, `SELECT entry #>> '{subject,record}'`),
    );
  }
}

/** No entry so far has any of the new members: what is indexed stays as it is. */
const mentions = (devices: string, records: string) => `
  CREATE OR REPLACE FUNCTION log_mentions_of(entry jsonb) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT split_part(device, ':', 1) || ':' || split_part(device, ':', 2)
    FROM (SELECT ${devices}
      UNION SELECT jsonb_array_elements_text(coalesce(entry -> 'recipients', '[]'::jsonb))) named (device)
    WHERE device LIKE '%:%'
    UNION SELECT record FROM (${records}) of (record) WHERE record IS NOT NULL
  $$`;
