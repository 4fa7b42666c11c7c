import type { Pool } from 'pg';
import { LIMITS, type ChannelId, type DeviceAddress, type RecordErasure, type RecordId } from '#liaison/protocol';
import { wasGranted } from '../history/granted-places.js';
import type { Transaction } from '../records/submission.js';
import { encode } from '../records/wire-event.js';

const COLUMNS = `x.channel, x.seq::float8 AS seq, x.record_id AS record, x.device, x.ordered_at AS at, x.purpose, x.signature,
  x.certificate, x.log_index::float8 AS index, l.entry`;
const ERASURES = `SELECT ${COLUMNS} FROM record_erasures x JOIN log_entries l ON l.index = x.log_index`;
const OF_PLACES = `${ERASURES} WHERE x.channel = $1 AND x.seq = ANY ($2::int8[])`;
const READABLE = `
  ${ERASURES}
  WHERE x.log_index >= $2 AND (EXISTS (
    SELECT FROM channel_memberships m WHERE m.device = $1 AND m.channel = x.channel AND x.seq >= m.from_seq
      AND (m.until_seq IS NULL OR x.seq <= m.until_seq))
    OR ${wasGranted({ device: '$1', channel: 'x.channel', seq: 'x.seq' })})
  ORDER BY x.log_index LIMIT $3`;
const ADD = `
  INSERT INTO record_erasures (channel, seq, record_id, device, ordered_at, purpose, signature, certificate, log_index)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

interface ErasureRow {
  readonly channel: ChannelId;
  readonly seq: number;
  readonly record: RecordId;
  readonly device: DeviceAddress;
  readonly at: Date;
  readonly purpose: string;
  readonly signature: Buffer;
  readonly certificate: Buffer;
  readonly index: number;
  readonly entry: string;
}

/** Erasures of these places of a channel, by place. */
export async function erasuresOf(
  database: Pick<Pool, 'query'>,
  channel: ChannelId,
  places: readonly number[],
): Promise<Map<number, RecordErasure>> {
  if (places.length === 0) return new Map();
  const { rows } = await database.query<ErasureRow>(OF_PLACES, [channel, places]);
  return new Map(rows.map((row) => [row.seq, erasureOf(row)]));
}

/** Of records that the device could read, from an index of the log on: at most as many as one call carries. */
export async function readableErasures(pool: Pool, device: DeviceAddress, from: number): Promise<RecordErasure[]> {
  const { rows } = await pool.query<ErasureRow>(READABLE, [device, from, LIMITS.erasuresPerCall]);
  return rows.map(erasureOf);
}

/** Stores the orders, then erases the bodies: the database refuses to erase one without an order. */
export async function storeErasures(
  transaction: Transaction,
  erasures: readonly Omit<RecordErasure, 'entry'>[],
): Promise<void> {
  for (const { channel, seq, record, device, at, purpose, signature, certificate, index } of erasures) {
    await transaction.query(ADD, [
      channel,
      seq,
      record,
      device,
      at,
      purpose,
      Buffer.from(signature, 'base64url'),
      Buffer.from(certificate, 'base64url'),
      index,
    ]);
  }
  const channel = erasures[0]?.channel;
  if (channel !== undefined)
    await transaction.query('SELECT erase_bodies($1, $2)', [channel, erasures.map(({ seq }) => seq)]);
}

function erasureOf({ at, signature, certificate, ...row }: ErasureRow): RecordErasure {
  return { ...row, at: at.toISOString(), signature: encode(signature), certificate: encode(certificate) };
}
