import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is asked of the log beside proofs: who and what an entry names, what was exported, what retention erased; and old checkpoints go. */
export class LogViews1763000300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...MENTIONS_SO_FAR, ...ERASURE, ...PRUNING, ...GRANTS]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['log_checkpoints', 'record_bodies']) {
      await runner.query(`DROP TRIGGER ${table}_append_only ON ${table}`);
      await runner.query(`DROP TRIGGER ${table}_kept ON ${table}`);
      await runner.query(
        `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
      );
    }
    for (const name of FUNCTIONS) await runner.query(`DROP FUNCTION ${name}`);
    for (const table of TABLE_NAMES) await runner.query(`DROP TABLE ${table}`);
  }
}

const TABLE_NAMES = ['record_erasures', 'logged_exports', 'log_mentions_head', 'log_mentions'];
const FUNCTIONS = [
  'erase_bodies',
  'refuse_unordered_erasure',
  'prune_log_checkpoints',
  'refuse_early_pruning',
  'log_mentions_of',
];

/**
 * `log_mentions`: under the name of each officer (`contact point:officer`) and record, the entries that name them. It is made of
 * entries that are in the log already, so that what appends does not wait for it: `log_mentions_head` says how far it got.
 */
const TABLES = [
  `CREATE TABLE log_mentions (
    name text NOT NULL,
    index bigint NOT NULL,
    CONSTRAINT log_mentions_pkey PRIMARY KEY (name, index)
  )`,
  `CREATE TABLE log_mentions_head (
    id boolean NOT NULL,
    size bigint NOT NULL,
    CONSTRAINT log_mentions_head_pkey PRIMARY KEY (id),
    CONSTRAINT log_mentions_head_one_row CHECK (id)
  )`,
  `CREATE FUNCTION log_mentions_of(entry jsonb) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
     SELECT split_part(device, ':', 1) || ':' || split_part(device, ':', 2)
     FROM (SELECT entry ->> 'actor' UNION SELECT entry #>> '{subject,device}'
       UNION SELECT jsonb_array_elements_text(coalesce(entry -> 'recipients', '[]'::jsonb))) named (device)
     WHERE device LIKE '%:%'
     UNION SELECT entry #>> '{subject,record}' WHERE entry #>> '{subject,record}' IS NOT NULL
   $$`,
  `CREATE TABLE logged_exports (
    channel uuid NOT NULL,
    record uuid NOT NULL,
    device text NOT NULL,
    at timestamptz(3) NOT NULL,
    index bigint NOT NULL,
    CONSTRAINT logged_exports_pkey PRIMARY KEY (channel, record, device, at)
  )`,
  `CREATE TABLE record_erasures (
    channel uuid NOT NULL,
    seq bigint NOT NULL,
    record_id uuid NOT NULL,
    device text NOT NULL,
    ordered_at timestamptz(3) NOT NULL,
    purpose text NOT NULL,
    signature bytea NOT NULL,
    certificate bytea NOT NULL,
    log_index bigint NOT NULL,
    CONSTRAINT record_erasures_pkey PRIMARY KEY (channel, seq)
  )`,
  `CREATE UNIQUE INDEX record_erasures_log_index ON record_erasures (log_index)`,
  `CREATE TRIGGER record_erasures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_erasures
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
];

const MENTIONS_SO_FAR = [
  `INSERT INTO log_mentions (name, index)
   SELECT named.name, l.index FROM log_entries l CROSS JOIN LATERAL log_mentions_of(l.entry::jsonb) AS named (name)`,
  `INSERT INTO log_mentions_head (id, size) SELECT true, size FROM log_head`,
];

/** A body goes only where an order to erase it is stored, and by this function alone: the application's role cannot delete one. */
const ERASURE = [
  `DROP TRIGGER record_bodies_append_only ON record_bodies`,
  `CREATE TRIGGER record_bodies_append_only BEFORE UPDATE OR TRUNCATE ON record_bodies
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `CREATE FUNCTION refuse_unordered_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM record_erasures e WHERE e.channel = OLD.channel AND e.seq = OLD.seq) THEN RETURN OLD; END IF;
      RAISE EXCEPTION 'A body is kept until its erasure is ordered.' USING ERRCODE = 'restrict_violation';
    END $$`,
  `CREATE TRIGGER record_bodies_kept BEFORE DELETE ON record_bodies
   FOR EACH ROW EXECUTE FUNCTION refuse_unordered_erasure()`,
  `CREATE FUNCTION erase_bodies(of_channel uuid, places bigint[]) RETURNS void
   LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
     DELETE FROM record_bodies WHERE channel = of_channel AND seq = ANY (places)
   $$`,
];

/** Of the checkpoints that nobody cosigned and that are older than a day, the last of each hour stays; so does the newest of all. */
const PRUNING = [
  `DROP TRIGGER log_checkpoints_append_only ON log_checkpoints`,
  `CREATE TRIGGER log_checkpoints_append_only BEFORE UPDATE OR TRUNCATE ON log_checkpoints
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  `CREATE FUNCTION refuse_early_pruning() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM log_checkpoints c WHERE c.size > OLD.size AND date_trunc('hour', c.at) = date_trunc('hour', OLD.at))
        AND EXISTS (SELECT FROM log_checkpoints c WHERE c.at > OLD.at + interval '1 day') THEN RETURN OLD; END IF;
      RAISE EXCEPTION 'This checkpoint is kept.' USING ERRCODE = 'restrict_violation';
    END $$`,
  `CREATE TRIGGER log_checkpoints_kept BEFORE DELETE ON log_checkpoints
   FOR EACH ROW EXECUTE FUNCTION refuse_early_pruning()`,
  `CREATE FUNCTION prune_log_checkpoints(older_than timestamptz, most integer) RETURNS bigint
   LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
     WITH gone AS (
       DELETE FROM log_checkpoints WHERE size IN (
         SELECT c.size FROM log_checkpoints c
         WHERE c.at < older_than AND c.at < (SELECT max(at) FROM log_checkpoints) - interval '1 day'
           AND NOT EXISTS (SELECT FROM log_cosignatures s WHERE s.size = c.size)
           AND EXISTS (SELECT FROM log_checkpoints l WHERE l.size > c.size AND date_trunc('hour', l.at) = date_trunc('hour', c.at))
         ORDER BY c.size LIMIT most
       ) RETURNING size
     ) SELECT count(*) FROM gone
   $$`,
];

const GRANTS = [
  `GRANT SELECT, INSERT ON log_mentions, logged_exports, record_erasures TO liaison_app`,
  `GRANT SELECT, UPDATE ON log_mentions_head TO liaison_app`,
  ...['erase_bodies(uuid, bigint[])', 'prune_log_checkpoints(timestamptz, integer)'].flatMap((name) => [
    `REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`,
    `GRANT EXECUTE ON FUNCTION ${name} TO liaison_app`,
  ]),
];
