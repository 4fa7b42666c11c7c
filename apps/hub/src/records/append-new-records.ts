import { LiaisonError, type RecordHeader } from '#liaison/protocol';
import type { LoggedEvent } from '../log/event-leaves.js';
import type { ChannelPlan } from './batch-plan.js';
import { array, Packing } from './packed-events.js';
import type { Entry } from './submission.js';

/**
 * What {@link APPEND_STATEMENT} does, for records alone whose ids nobody has looked up: nearly every batch. The unique index
 * refuses all of it where one is stored already ({@link isTaken}).
 *
 * An event says which of the heads it belongs to and its place among that head's events; both give its position in the channel and
 * in the log. `log_head` is locked after the channels, for how far it grows is known when all have moved.
 */
export const APPEND_NEW_RECORDS = `
WITH head AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::int8[], $3::int4[], $4::int4[])
    WITH ORDINALITY AS h (id, expected, chain_at, events, nr)
), moved AS (
  UPDATE channels c SET last_seq = h.expected + h.events, chain = substring($5::bytea FROM h.chain_at FOR 32)
  FROM head h
  WHERE c.id = h.id AND c.last_seq = h.expected
  RETURNING h.nr, c.id, c.epoch, h.expected, h.events
), grown AS MATERIALIZED (
  UPDATE log_head SET size = size + (SELECT sum(events) FROM moved) WHERE EXISTS (SELECT FROM moved)
  RETURNING size - (SELECT sum(events) FROM moved) AS first
), placed AS MATERIALIZED (
  SELECT nr, id, epoch, expected, (SELECT first FROM grown) + sum(events) OVER (ORDER BY nr) - events - 1 AS log_before
  FROM moved
), stored AS MATERIALIZED (
  SELECT p.id AS channel, p.expected + n.place AS seq, p.epoch, p.log_before + n.place AS log_index, n.*
  FROM unnest($6::int4[], $7::int4[], $8::uuid[], $9::text[], $10::text[], $11::int4[], $12::int4[], $13::int4[],
    $14::int4[], $15::int4[]) AS n (head, place, record_id, sender, classification, at, header, mls, content, leaf)
  JOIN placed p ON p.nr = n.head
), logged AS (
  INSERT INTO log_entries (index, at, leaf_hash, entry)
  SELECT n.log_index, $16::timestamptz, substring($5::bytea FROM n.at + 160 + n.header + n.mls + n.content FOR 32),
    convert_from(substring($5::bytea FROM n.at + 192 + n.header + n.mls + n.content FOR n.leaf), 'UTF8')
  FROM stored n
), events AS (
  INSERT INTO channel_events (channel, seq, type, at, chain, epoch, log_index, sender, weight, record_id, classification,
    header, header_hash, body_hash, mls, signature)
  SELECT n.channel, n.seq, 'record', $16::timestamptz, substring($5::bytea FROM n.at FOR 32), n.epoch, n.log_index,
    n.sender, (n.header + n.mls + n.content) * 4 / 3 + 512, n.record_id, n.classification,
    convert_from(substring($5::bytea FROM n.at + 160 FOR n.header), 'UTF8'),
    substring($5::bytea FROM n.at + 32 FOR 32), substring($5::bytea FROM n.at + 64 FOR 32),
    substring($5::bytea FROM n.at + 160 + n.header FOR n.mls), substring($5::bytea FROM n.at + 96 FOR 64)
  FROM stored n
), bodies AS (
  INSERT INTO record_bodies (channel, seq, classification, body)
  SELECT n.channel, n.seq, n.classification, substring($5::bytea FROM n.at + 160 + n.header + n.mls FOR n.content)
  FROM stored n
)
SELECT (SELECT string_agg(nr::text, ',') FROM moved) AS moved, (SELECT first FROM grown)::float8 AS first`;

/** Whether {@link APPEND_NEW_RECORDS} was refused for a record that is stored already. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'channel_events_record';
}

/** The parameters of {@link APPEND_NEW_RECORDS}. @param leaves the events of all channels, one after the other. */
export function newRecordParameters(
  channels: readonly ChannelPlan[],
  leaves: readonly LoggedEvent[],
  at: number,
): unknown[] {
  const packing = new Packing(channels.length, leaves);
  const chainsAt = channels.map(({ after }) => packing.add(after.chain));
  const packed = leaves.map((leaf) => packing.addEvent(leaf));
  const heads = channels.flatMap(({ events }, head) => events.map(() => head + 1));
  const places = channels.flatMap(({ events }) => events.map((_, place) => place + 1));
  const headers = leaves.map(({ submission }) => headerOf(submission.entry));
  return [
    array(channels, ({ channel }) => channel),
    array(channels, ({ before }) => before.lastSeq),
    array(chainsAt, (place) => place),
    array(channels, ({ events }) => events.length),
    packing.bytes(),
    array(heads, (head) => head),
    array(places, (place) => place),
    array(headers, ({ id }) => id),
    array(leaves, ({ submission }) => submission.entry.sender),
    array(headers, ({ marking }) => marking.classification),
    array(packed, (each) => each.at),
    array(packed, ({ header }) => header),
    array(packed, ({ mls }) => mls),
    array(packed, ({ content }) => content),
    array(leaves, ({ text }) => text.length),
    new Date(at).toISOString(),
  ];
}

function headerOf(entry: Entry): RecordHeader {
  if (entry.type === 'record') return entry.record.header;
  throw new LiaisonError('internal', 'This statement stores records alone.');
}

/** What the statement answers: the numbers of the heads that moved, and the place in the log of the first entry of all. */
export interface NewRecordsRow {
  readonly moved: string | null;
  readonly first: number | null;
}

/** The channels that moved, each with the place in the log of its first entry. */
export function movedChannels(
  channels: readonly ChannelPlan[],
  { moved, first }: NewRecordsRow,
): Map<ChannelPlan['channel'], number> {
  const numbers = new Set(moved?.split(','));
  const indexes = new Map<ChannelPlan['channel'], number>();
  let index = first ?? 0;
  for (const [head, { channel, events }] of channels.entries()) {
    if (!numbers.has(String(head + 1))) continue;
    indexes.set(channel, index);
    index += events.length;
  }
  return indexes;
}
