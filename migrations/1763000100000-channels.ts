import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Channels, their members, the append-only sequence of each, Welcomes and delivery cursors. */
export class Channels1763000100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...APPEND_ONLY, ...STORAGE, ...GRANTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLE_NAMES) await runner.query(`DROP TABLE ${table}`);
    await runner.query('DROP FUNCTION refuse_change()');
  }
}

const TABLE_NAMES = [
  'device_cursors',
  'welcome_recipients',
  'welcomes',
  'record_bodies',
  'channel_events',
  'channel_memberships',
  'channel_groups',
  'channels',
];

/**
 * `channels` is one narrow row a channel because every batch updates it; what changes only with the epoch stands in
 * `channel_groups`. Events carry no foreign key: they are inserted under the lock of their channel's row.
 */
const TABLES = [
  `CREATE TABLE channels (
    id uuid NOT NULL,
    epoch bigint NOT NULL,
    last_seq bigint NOT NULL,
    chain bytea NOT NULL,
    created_at timestamptz(3) NOT NULL,
    created_by text NOT NULL,
    CONSTRAINT channels_pkey PRIMARY KEY (id)
  )`,
  `CREATE TABLE channel_groups (
    channel uuid NOT NULL,
    profile jsonb NOT NULL,
    ceiling text NOT NULL,
    group_info bytea NOT NULL,
    CONSTRAINT channel_groups_pkey PRIMARY KEY (channel),
    CONSTRAINT channel_groups_channel_fkey FOREIGN KEY (channel) REFERENCES channels (id)
  )`,
  `CREATE TABLE channel_memberships (
    channel uuid NOT NULL,
    device text NOT NULL,
    from_seq bigint NOT NULL,
    until_seq bigint,
    leaf_index integer NOT NULL,
    signature_key bytea NOT NULL,
    CONSTRAINT channel_memberships_pkey PRIMARY KEY (channel, device, from_seq),
    CONSTRAINT channel_memberships_channel_fkey FOREIGN KEY (channel) REFERENCES channels (id)
  )`,
  `CREATE UNIQUE INDEX channel_memberships_open ON channel_memberships (channel, device) WHERE until_seq IS NULL`,
  `CREATE UNIQUE INDEX channel_memberships_leaf ON channel_memberships (channel, leaf_index) WHERE until_seq IS NULL`,
  `CREATE INDEX channel_memberships_device ON channel_memberships (device)`,
  `CREATE TABLE channel_events (
    channel uuid NOT NULL,
    seq bigint NOT NULL,
    type text NOT NULL,
    at timestamptz(3) NOT NULL,
    chain bytea NOT NULL,
    epoch bigint NOT NULL,
    sender text NOT NULL,
    weight integer NOT NULL,
    record_id uuid,
    classification text,
    header text,
    header_hash bytea,
    body_hash bytea,
    mls bytea,
    signature bytea,
    payload bytea,
    payload_hash bytea,
    CONSTRAINT channel_events_pkey PRIMARY KEY (channel, seq),
    CONSTRAINT channel_events_shape CHECK (
      CASE type
        WHEN 'record' THEN payload IS NULL AND payload_hash IS NULL AND record_id IS NOT NULL AND classification IS NOT NULL
          AND header IS NOT NULL AND header_hash IS NOT NULL AND body_hash IS NOT NULL AND mls IS NOT NULL AND signature IS NOT NULL
        WHEN 'commit' THEN payload IS NOT NULL AND payload_hash IS NOT NULL AND record_id IS NULL
        WHEN 'proposal' THEN payload IS NOT NULL AND payload_hash IS NOT NULL AND record_id IS NULL
        ELSE false
      END)
  )`,
  `CREATE UNIQUE INDEX channel_events_record ON channel_events (channel, record_id) WHERE record_id IS NOT NULL`,
  `CREATE UNIQUE INDEX channel_events_payload ON channel_events (channel, payload_hash) WHERE payload_hash IS NOT NULL`,
  `CREATE TABLE record_bodies (
    channel uuid NOT NULL,
    seq bigint NOT NULL,
    classification text NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT record_bodies_pkey PRIMARY KEY (channel, seq)
  )`,
  `CREATE TABLE welcomes (
    id uuid NOT NULL,
    channel uuid NOT NULL,
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    welcome bytea NOT NULL,
    CONSTRAINT welcomes_pkey PRIMARY KEY (id),
    CONSTRAINT welcomes_channel_fkey FOREIGN KEY (channel) REFERENCES channels (id)
  )`,
  `CREATE TABLE welcome_recipients (
    welcome uuid NOT NULL,
    device text NOT NULL,
    CONSTRAINT welcome_recipients_pkey PRIMARY KEY (welcome, device),
    CONSTRAINT welcome_recipients_welcome_fkey FOREIGN KEY (welcome) REFERENCES welcomes (id) ON DELETE CASCADE
  )`,
  `CREATE INDEX welcome_recipients_device ON welcome_recipients (device)`,
  `CREATE TABLE device_cursors (
    channel uuid NOT NULL,
    device text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz(3) NOT NULL,
    CONSTRAINT device_cursors_pkey PRIMARY KEY (channel, device),
    CONSTRAINT device_cursors_channel_fkey FOREIGN KEY (channel) REFERENCES channels (id)
  )`,
];

/** A second lock beside the role's missing rights: not even the tables' owner changes what was stored by accident. */
const APPEND_ONLY = [
  `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'Table % is append-only.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$`,
  ...['channel_events', 'record_bodies'].map(
    (table) =>
      `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ),
];

/** Room for in-page updates of the hot row; no attempt to compress ciphertext. */
const STORAGE = [
  `ALTER TABLE channels SET (fillfactor = 50)`,
  `ALTER TABLE device_cursors SET (fillfactor = 70)`,
  `ALTER TABLE channel_groups ALTER group_info SET STORAGE EXTERNAL`,
  `ALTER TABLE channel_events ALTER mls SET STORAGE EXTERNAL, ALTER payload SET STORAGE EXTERNAL`,
  `ALTER TABLE record_bodies ALTER body SET STORAGE EXTERNAL`,
  `ALTER TABLE welcomes ALTER welcome SET STORAGE EXTERNAL`,
];

const GRANTS = [
  `GRANT SELECT, INSERT ON channel_events, record_bodies TO liaison_app`,
  `GRANT SELECT, INSERT, UPDATE ON channels, channel_groups, channel_memberships, device_cursors TO liaison_app`,
  `GRANT SELECT, INSERT, DELETE ON welcomes, welcome_recipients TO liaison_app`,
];
