import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The log of acts: entries, the tiles and checkpoints of the Merkle tree over them, cosignatures of witnesses. */
export class Log1763000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...EVENTS_SO_FAR, ...GUARDS, ...GRANTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLE_NAMES) await runner.query(`DROP TABLE ${table}`);
    await runner.query('DROP FUNCTION refuse_shrinking()');
    await runner.query('ALTER TABLE channel_events DROP COLUMN log_index');
  }
}

const TABLE_NAMES = [
  'logged_openings',
  'log_cosignatures',
  'log_checkpoints',
  'log_tiles',
  'log_edge',
  'log_head',
  'log_entries',
];

/**
 * `log_head` is one row whose lock gives every entry its index, in the order of the commits and without a gap. `log_edge` is the right
 * edge of the tree as far as it is hashed: at the newest checkpoint.
 */
const TABLES = [
  `CREATE TABLE log_entries (
    index bigint NOT NULL,
    at timestamptz(3) NOT NULL,
    leaf_hash bytea NOT NULL,
    entry text NOT NULL,
    CONSTRAINT log_entries_pkey PRIMARY KEY (index)
  )`,
  `CREATE TABLE log_head (
    id boolean NOT NULL,
    size bigint NOT NULL,
    CONSTRAINT log_head_pkey PRIMARY KEY (id),
    CONSTRAINT log_head_one_row CHECK (id)
  ) WITH (fillfactor = 50)`,
  `CREATE TABLE log_edge (
    id boolean NOT NULL,
    size bigint NOT NULL,
    levels bytea[] NOT NULL,
    CONSTRAINT log_edge_pkey PRIMARY KEY (id),
    CONSTRAINT log_edge_one_row CHECK (id)
  )`,
  `CREATE TABLE log_tiles (
    level integer NOT NULL,
    index bigint NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT log_tiles_pkey PRIMARY KEY (level, index)
  )`,
  `CREATE TABLE log_checkpoints (
    size bigint NOT NULL,
    note text NOT NULL,
    at timestamptz(3) NOT NULL,
    CONSTRAINT log_checkpoints_pkey PRIMARY KEY (size)
  )`,
  `CREATE TABLE log_cosignatures (
    size bigint NOT NULL,
    witness text NOT NULL,
    key_id text NOT NULL,
    line text NOT NULL,
    at timestamptz(3) NOT NULL,
    CONSTRAINT log_cosignatures_pkey PRIMARY KEY (size, witness, key_id),
    CONSTRAINT log_cosignatures_size_fkey FOREIGN KEY (size) REFERENCES log_checkpoints (size)
  )`,
  `CREATE TABLE logged_openings (
    channel uuid NOT NULL,
    record uuid NOT NULL,
    device text NOT NULL,
    at timestamptz(3) NOT NULL,
    index bigint NOT NULL,
    CONSTRAINT logged_openings_pkey PRIMARY KEY (channel, record, device, at)
  )`,
  `ALTER TABLE log_tiles ALTER hashes SET STORAGE EXTERNAL`,
];

const ENTRY_OF_EVENT = `
  '{"actor":"' || e.sender || '","at":"' || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '",'
  || CASE WHEN e.type = 'record' THEN '"headerHash":"' || translate(rtrim(encode(e.header_hash, 'base64'), '='), '+/', '-_') || '",'
     ELSE '' END
  || '"salt":"' || translate(rtrim(encode(uuid_send(gen_random_uuid()), 'base64'), '='), '+/', '-_') || '",'
  || '"subject":{"channel":"' || e.channel || '","epoch":' || e.epoch
  || CASE WHEN e.type = 'record' THEN ',"record":"' || e.record_id || '"' ELSE '' END
  || ',"seq":' || e.seq || '},"type":"'
  || CASE WHEN e.type = 'record' THEN 'record.stored' ELSE 'commit.ordered' END || '","v":1}'`;

/** What was stored before there was a log is its beginning: every event has its entry. */
const EVENTS_SO_FAR = [
  `ALTER TABLE channel_events ADD COLUMN log_index bigint`,
  `ALTER TABLE channel_events DISABLE TRIGGER channel_events_append_only`,
  `UPDATE channel_events e SET log_index = o.index FROM (
     SELECT channel, seq, row_number() OVER (ORDER BY at, channel, seq) - 1 AS index FROM channel_events
   ) o WHERE o.channel = e.channel AND o.seq = e.seq`,
  `ALTER TABLE channel_events ENABLE TRIGGER channel_events_append_only`,
  `ALTER TABLE channel_events ALTER COLUMN log_index SET NOT NULL`,
  `INSERT INTO log_entries (index, at, leaf_hash, entry)
   SELECT index, at, sha256('\\x00'::bytea || convert_to(entry, 'UTF8')), entry
   FROM (SELECT e.log_index AS index, e.at, ${ENTRY_OF_EVENT} AS entry FROM channel_events e) made`,
  `INSERT INTO log_head (id, size) SELECT true, count(*) FROM log_entries`,
  `INSERT INTO log_edge (id, size, levels) VALUES (true, 0, '{}')`,
];

/** Beside the role's missing rights: not even the tables' owner rewrites the log by accident. */
const GUARDS = [
  ...['log_entries', 'log_tiles', 'log_checkpoints', 'log_cosignatures'].map(
    (table) =>
      `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ),
  `CREATE FUNCTION refuse_shrinking() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'The log never shrinks.' USING ERRCODE = 'restrict_violation';
    END $$`,
  ...['log_head', 'log_edge'].flatMap((table) => [
    `CREATE TRIGGER ${table}_grows BEFORE UPDATE ON ${table}
     FOR EACH ROW WHEN (NEW.size < OLD.size) EXECUTE FUNCTION refuse_shrinking()`,
    `CREATE TRIGGER ${table}_stays BEFORE DELETE OR TRUNCATE ON ${table}
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ]),
];

const GRANTS = [
  `GRANT SELECT, INSERT ON log_entries, log_tiles, log_checkpoints, log_cosignatures, logged_openings TO liaison_app`,
  `GRANT SELECT, UPDATE ON log_head, log_edge TO liaison_app`,
];
