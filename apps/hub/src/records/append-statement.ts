import type { BatchPlan, ChannelPlan, PlannedEvent } from './batch-plan.js';
import type { Entry } from './submission.js';

/**
 * One statement, so one round trip and one flush of the log for a whole batch: compare-and-swap of the heads, look for record
 * ids that are stored already, insert what belongs to the channels that moved. All bytes travel in one binary
 * parameter ($16) from which each row takes its slices: text arrays of bytea would be written and parsed as hexadecimal.
 *
 * `taken` looks up one row by index for each entry. As a plain join, a plan prepared while the table was nearly empty
 * went on to scan it whole for every batch.
 *
 * The heads are compared against rows that the UPDATE locks; the ids against the statement's snapshot. A record
 * stored after the snapshot has also moved its channel's head, so the comparison fails then.
 */
export const APPEND_STATEMENT = `
WITH head AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::int8[], $3::int8[], $4::int8[], $5::int4[]) AS h (id, expected, last_seq, epoch, chain_at)
), entry AS MATERIALIZED (
  SELECT * FROM unnest($6::uuid[], $7::int8[], $8::text[], $9::uuid[], $10::text[], $11::int8[], $12::text[],
    $13::int4[], $14::int4[], $15::int4[], $17::int4[])
    AS n (channel, seq, type, record_id, sender, epoch, classification, at, header, mls, content)
), taken AS MATERIALIZED (
  SELECT e.channel, e.record_id, e.seq, e.at, e.sender, e.header_hash, e.chain
  FROM entry n CROSS JOIN LATERAL (
    SELECT * FROM channel_events x WHERE x.channel = n.channel AND x.record_id = n.record_id LIMIT 1
  ) e
), moved AS (
  UPDATE channels c SET last_seq = h.last_seq, epoch = h.epoch, chain = substring($16::bytea FROM h.chain_at FOR 32)
  FROM head h
  WHERE c.id = h.id AND c.last_seq = h.expected AND NOT EXISTS (SELECT FROM taken t WHERE t.channel = c.id)
  RETURNING c.id
), stored AS MATERIALIZED (
  SELECT n.* FROM entry n JOIN moved m ON m.id = n.channel
), events AS (
  INSERT INTO channel_events (channel, seq, type, at, chain, epoch, sender, weight, record_id, classification,
    header, header_hash, body_hash, mls, signature, payload, payload_hash)
  SELECT n.channel, n.seq, n.type, $18::timestamptz, substring($16::bytea FROM n.at FOR 32), n.epoch, n.sender,
    (n.header + n.mls + n.content) * 4 / 3 + 512, n.record_id, n.classification,
    CASE WHEN n.type = 'record' THEN convert_from(substring($16::bytea FROM n.at + 160 FOR n.header), 'UTF8') END,
    CASE WHEN n.type = 'record' THEN substring($16::bytea FROM n.at + 32 FOR 32) END,
    CASE WHEN n.type = 'record' THEN substring($16::bytea FROM n.at + 64 FOR 32) END,
    CASE WHEN n.type = 'record' THEN substring($16::bytea FROM n.at + 160 + n.header FOR n.mls) END,
    CASE WHEN n.type = 'record' THEN substring($16::bytea FROM n.at + 96 FOR 64) END,
    CASE WHEN n.type <> 'record' THEN substring($16::bytea FROM n.at + 64 FOR n.content) END,
    CASE WHEN n.type <> 'record' THEN substring($16::bytea FROM n.at + 32 FOR 32) END
  FROM stored n
), bodies AS (
  INSERT INTO record_bodies (channel, seq, classification, body)
  SELECT n.channel, n.seq, n.classification, substring($16::bytea FROM n.at + 160 + n.header + n.mls FOR n.content)
  FROM stored n WHERE n.type = 'record'
)
SELECT id AS moved, NULL::uuid AS channel, NULL::uuid AS record_id, NULL::float8 AS seq, NULL::timestamptz AS at,
  NULL::text AS sender, NULL::bytea AS header_hash, NULL::bytea AS chain FROM moved
UNION ALL SELECT NULL, channel, record_id, seq::float8, at, sender, header_hash, chain FROM taken`;

/** The parameters of {@link APPEND_STATEMENT}. */
export function appendParameters(plan: BatchPlan): unknown[] {
  const channels = plan.channels.filter(({ events }) => events.length > 0);
  const packing = new Packing(channels);
  const chainsAt = channels.map(({ after }) => packing.add(after.chain));
  const events = channels.flatMap((channel) => channel.events);
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
  ];
}

/** PostgreSQL's array text. Every value is of an alphabet of ours that needs no quotes. */
function array<T>(items: readonly T[], value: (item: T) => string | number): string {
  let text = '{';
  for (const [index, item] of items.entries()) text += `${index === 0 ? '' : ','}${value(item)}`;
  return `${text}}`;
}

/** Where an event's bytes start (counted from 1, as SQL does) and how long its parts of free length are. */
interface PackedEvent {
  readonly at: number;
  readonly header: number;
  readonly mls: number;
  readonly content: number;
}

/**
 * All bytes of a batch. A record is chain, header hash, body hash (32 each), signature (64), header, MLS message, body;
 * a handshake is chain, payload hash (32 each), payload.
 */
class Packing {
  private readonly buffer: Buffer;
  private length = 0;

  constructor(channels: readonly ChannelPlan[]) {
    let size = 32 * channels.length;
    for (const { events } of channels) for (const { submission } of events) size += sizeOf(submission.entry);
    this.buffer = Buffer.allocUnsafe(size);
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** @returns where it starts, counted from 1. */
  add(bytes: Uint8Array): number {
    const at = this.length + 1;
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    return at;
  }

  addEvent({ submission: { entry }, place }: PlannedEvent): PackedEvent {
    const at = this.add(place.chain);
    if (entry.type !== 'record') {
      this.add(entry.payloadHash);
      this.add(entry.payload);
      return { at, header: 0, mls: 0, content: entry.payload.length };
    }
    const { hashes, signature, headerBytes, mls, body } = entry.record;
    for (const part of [hashes.headerHash, hashes.bodyHash, signature, headerBytes, mls, body]) this.add(part);
    return { at, header: headerBytes.length, mls: mls.length, content: body.length };
  }
}

function sizeOf(entry: Entry): number {
  if (entry.type !== 'record') return 64 + entry.payload.length;
  const { headerBytes, mls, body } = entry.record;
  return 160 + headerBytes.length + mls.length + body.length;
}
