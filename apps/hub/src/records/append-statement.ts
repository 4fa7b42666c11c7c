import type { LoggedEvent } from '../log/event-leaves.js';
import type { BatchPlan, ChannelPlan, PlannedEvent } from './batch-plan.js';
import { array, Packing } from './packed-events.js';

/**
 * One statement, so one round trip and one flush for a whole batch: compare-and-swap of the heads, look for record ids that
 * are stored already, insert what belongs to the channels that moved, each event with its entry in the log. All bytes
 * travel in one binary parameter ($16) from which each row takes its slices: text arrays of bytea would be written and
 * parsed as hexadecimal.
 *
 * `taken` looks up one row by index for each entry. As a plain join, a plan prepared while the table was nearly empty
 * went on to scan it whole for every batch.
 *
 * The heads are compared against rows that the UPDATE locks; the ids against the statement's snapshot. A record
 * stored after the snapshot has also moved its channel's head, so the comparison fails then.
 *
 * The row of `log_head` is locked last, here as everywhere. How far it grows stands in scalar subqueries, whose results
 * PostgreSQL keeps when it reads the row again that another transaction has changed meanwhile.
 */
export const APPEND_STATEMENT = `
WITH head AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::int8[], $3::int8[], $4::int8[], $5::int4[]) AS h (id, expected, last_seq, epoch, chain_at)
), entry AS MATERIALIZED (
  SELECT * FROM unnest($6::uuid[], $7::int8[], $8::text[], $9::uuid[], $10::text[], $11::int8[], $12::text[],
    $13::int4[], $14::int4[], $15::int4[], $17::int4[], $19::int4[], $20::int4[])
    WITH ORDINALITY
    AS n (channel, seq, type, record_id, sender, epoch, classification, at, header, mls, content, leaf_at, leaf, place)
), taken AS MATERIALIZED (
  SELECT e.channel, e.record_id, e.seq, e.at, e.sender, e.header_hash, e.chain, e.log_index
  FROM entry n CROSS JOIN LATERAL (
    SELECT * FROM channel_events x WHERE x.channel = n.channel AND x.record_id = n.record_id LIMIT 1
  ) e
), moved AS (
  UPDATE channels c SET last_seq = h.last_seq, epoch = h.epoch, chain = substring($16::bytea FROM h.chain_at FOR 32)
  FROM head h
  WHERE c.id = h.id AND c.last_seq = h.expected AND NOT EXISTS (SELECT FROM taken t WHERE t.channel = c.id)
  RETURNING c.id
), stored AS MATERIALIZED (
  SELECT n.*, row_number() OVER (ORDER BY n.place) - 1 AS log_offset FROM entry n JOIN moved m ON m.id = n.channel
), grown AS MATERIALIZED (
  UPDATE log_head SET size = size + (SELECT count(*) FROM stored) WHERE (SELECT count(*) FROM stored) > 0
  RETURNING size - (SELECT count(*) FROM stored) AS first
), logged AS (
  INSERT INTO log_entries (index, at, leaf_hash, entry)
  SELECT g.first + n.log_offset, $18::timestamptz, substring($16::bytea FROM n.leaf_at FOR 32),
    convert_from(substring($16::bytea FROM n.leaf_at + 32 FOR n.leaf), 'UTF8')
  FROM stored n, grown g
), events AS (
  INSERT INTO channel_events (channel, seq, type, at, chain, epoch, log_index, sender, weight, record_id, classification,
    header, header_hash, body_hash, mls, signature, payload, payload_hash)
  SELECT n.channel, n.seq, n.type, $18::timestamptz, substring($16::bytea FROM n.at FOR 32), n.epoch, g.first + n.log_offset,
    n.sender, (n.header + n.mls + n.content) * 4 / 3 + 512, n.record_id, n.classification,
    CASE WHEN n.type = 'record' THEN convert_from(substring($16::bytea FROM n.at + 160 FOR n.header), 'UTF8') END,
    CASE WHEN n.type = 'record' THEN substring($16::bytea FROM n.at + 32 FOR 32) END,
    CASE WHEN n.type = 'record' THEN substring($16::bytea FROM n.at + 64 FOR 32) END,
    CASE WHEN n.type = 'record' THEN substring($16::bytea FROM n.at + 160 + n.header FOR n.mls) END,
    CASE WHEN n.type = 'record' THEN substring($16::bytea FROM n.at + 96 FOR 64) END,
    CASE WHEN n.type <> 'record' THEN substring($16::bytea FROM n.at + 64 FOR n.content) END,
    CASE WHEN n.type <> 'record' THEN substring($16::bytea FROM n.at + 32 FOR 32) END
  FROM stored n, grown g
), bodies AS (
  INSERT INTO record_bodies (channel, seq, classification, body)
  SELECT n.channel, n.seq, n.classification, substring($16::bytea FROM n.at + 160 + n.header + n.mls FOR n.content)
  FROM stored n WHERE n.type = 'record'
)
SELECT n.channel AS moved, (g.first + min(n.log_offset))::float8 AS log_index, NULL::uuid AS channel,
  NULL::uuid AS record_id, NULL::float8 AS seq, NULL::timestamptz AS at, NULL::text AS sender, NULL::bytea AS header_hash, NULL::bytea AS chain
  FROM stored n, grown g GROUP BY n.channel, g.first
UNION ALL SELECT NULL, log_index::float8, channel, record_id, seq::float8, at, sender, header_hash, chain FROM taken`;

/** The parameters of {@link APPEND_STATEMENT}. @param makeLeaves gives the events of a batch their entries in the log. */
export function appendParameters(
  plan: BatchPlan,
  makeLeaves: (events: readonly PlannedEvent[], at: number) => LoggedEvent[],
): unknown[] {
  const channels = inOrder(plan);
  const events = makeLeaves(
    channels.flatMap((channel) => channel.events),
    plan.at,
  );
  const packing = new Packing(channels.length, events);
  const chainsAt = channels.map(({ after }) => packing.add(after.chain));
  const packed = events.map((event) => packing.addEvent(event));
  const entries = events.map(({ submission }) => submission.entry);
  return [
    array(channels, ({ channel }) => channel),
    array(channels, ({ before }) => before.lastSeq),
    array(channels, ({ after }) => after.lastSeq),
    array(channels, ({ after }) => after.epoch),
    array(chainsAt, (at) => at),
    array(entries, ({ channel }) => channel),
    array(events, ({ place }) => place.seq),
    array(entries, ({ type }) => type),
    array(entries, (entry) => (entry.type === 'record' ? entry.record.header.id : 'NULL')),
    array(entries, ({ sender }) => sender),
    array(entries, ({ epoch }) => epoch),
    array(entries, (entry) => (entry.type === 'record' ? entry.record.header.marking.classification : 'NULL')),
    array(packed, ({ at }) => at),
    array(packed, ({ header }) => header),
    array(packed, ({ mls }) => mls),
    packing.bytes(),
    array(packed, ({ content }) => content),
    new Date(plan.at).toISOString(),
    array(packed, ({ leafAt }) => leafAt),
    array(events, ({ text }) => text.length),
  ];
}

/** What a plan does, in the order in which another transaction would lock the channels. */
export function inOrder(plan: BatchPlan): ChannelPlan[] {
  return plan.channels.filter(({ events }) => events.length > 0).sort((a, b) => (a.channel < b.channel ? -1 : 1));
}
