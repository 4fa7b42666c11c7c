import type { Pool } from 'pg';
import {
  LiaisonError,
  type ChannelEvent,
  type ChannelId,
  type DeviceAddress,
  type RecordErasure,
  type RecordId,
} from '#liaison/protocol';
import { erasuresOf } from '../retention/erasure-store.js';
import type { TakenRecord } from './submission.js';
import { encode } from './wire-event.js';

/** Both ends included. */
export interface SeqRange {
  readonly from: number;
  readonly until: number;
}

export interface PageLimits {
  readonly events: number;
  /** Characters of JSON, about. The first event is always given. */
  readonly chars: number;
}

const EVENT_COLUMNS = `e.channel, e.seq::float8 AS seq, e.type, e.at, e.chain, e.epoch::float8 AS epoch, e.sender,
  e.header, e.mls, e.signature, e.payload, b.body, CASE WHEN b.seq IS NULL THEN e.body_hash END AS body_hash`;

const PAGE_STATEMENT = `
  WITH page AS (
    SELECT seq, sum(weight) OVER (ORDER BY seq) AS until, min(seq) OVER () AS first
    FROM channel_events WHERE channel = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq LIMIT $4
  )
  SELECT ${EVENT_COLUMNS}
  FROM page p JOIN channel_events e ON e.channel = $1 AND e.seq = p.seq
  LEFT JOIN record_bodies b ON b.channel = $1 AND b.seq = p.seq
  WHERE p.until <= $5 OR p.seq = p.first ORDER BY e.seq`;

const PLACES_STATEMENT = `
  WITH page AS (
    SELECT seq, sum(weight) OVER (ORDER BY seq) AS until, min(seq) OVER () AS first
    FROM channel_events WHERE channel = $1 AND seq = ANY ($2::int8[])
  )
  SELECT ${EVENT_COLUMNS}
  FROM page p JOIN channel_events e ON e.channel = $1 AND e.seq = p.seq
  LEFT JOIN record_bodies b ON b.channel = $1 AND b.seq = p.seq
  WHERE p.until <= $3 OR p.seq = p.first ORDER BY e.seq`;

const RECORD_STATEMENT = `
  SELECT ${EVENT_COLUMNS} FROM channel_events e
  LEFT JOIN record_bodies b ON b.channel = e.channel AND b.seq = e.seq
  WHERE e.channel = $1 AND e.record_id = $2`;

const TAKEN_STATEMENT = `
  SELECT seq::float8 AS seq, at, chain, sender, header_hash, log_index::float8 AS log_index FROM channel_events WHERE channel = $1 AND record_id = $2`;

interface EventRow {
  readonly channel: ChannelId;
  readonly seq: number;
  readonly type: 'record' | 'commit' | 'proposal';
  readonly at: Date;
  readonly chain: Buffer;
  readonly epoch: number;
  readonly sender: DeviceAddress;
  readonly header: string | null;
  readonly mls: Buffer | null;
  readonly signature: Buffer | null;
  readonly payload: Buffer | null;
  readonly body: Buffer | null;
  /** Only where there is no body. */
  readonly body_hash: Buffer | null;
}

/** Reads the sequence. Who may read what is decided by the caller. */
export class RecordReader {
  constructor(private readonly pool: Pool) {}

  /** Events of the range from its start, without a gap, as many as the limits allow. */
  async page(channel: ChannelId, range: SeqRange, limits: PageLimits): Promise<ChannelEvent[]> {
    const { rows } = await this.pool.query<EventRow>({
      name: 'event-page',
      text: PAGE_STATEMENT,
      values: [channel, range.from, range.until, limits.events, limits.chars],
    });
    return this.events(channel, rows);
  }

  /** Single places, from the first on, as many as weigh so much. */
  async places(
    channel: ChannelId,
    places: readonly number[],
    chars: number,
  ): Promise<ReadonlyMap<number, ChannelEvent>> {
    const { rows } = await this.pool.query<EventRow>(PLACES_STATEMENT, [channel, places, chars]);
    return new Map((await this.events(channel, rows)).map((event) => [event.seq, event]));
  }

  async record(channel: ChannelId, record: RecordId): Promise<ChannelEvent | undefined> {
    const { rows } = await this.pool.query<EventRow>(RECORD_STATEMENT, [channel, record]);
    return (await this.events(channel, rows))[0];
  }

  /** Only where a body is gone is it asked why: most pages know nothing of erasures. */
  private async events(channel: ChannelId, rows: readonly EventRow[]): Promise<ChannelEvent[]> {
    const bodiless = rows.filter(({ type, body }) => type === 'record' && body === null);
    const erasures = await erasuresOf(
      this.pool,
      channel,
      bodiless.map(({ seq }) => seq),
    );
    return rows.map((row) => eventOf(row, erasures.get(row.seq)));
  }

  /** Where a record id is stored already. */
  async taken(channel: ChannelId, recordId: RecordId): Promise<TakenRecord | undefined> {
    const { rows } = await this.pool.query<{
      seq: number;
      at: Date;
      chain: Buffer;
      sender: DeviceAddress;
      header_hash: Buffer;
      log_index: number;
    }>(TAKEN_STATEMENT, [channel, recordId]);
    const [row] = rows;
    return (
      row && { ...row, at: row.at.getTime(), channel, recordId, headerHash: row.header_hash, logIndex: row.log_index }
    );
  }
}

function eventOf(row: EventRow, erasure?: RecordErasure): ChannelEvent {
  const { channel, seq, epoch } = row;
  const position = { channel, seq, at: row.at.toISOString(), chain: encode(row.chain) };
  switch (row.type) {
    case 'record':
      if (erasure === undefined) return { ...position, type: 'record', record: envelopeOf(row) };
      return { ...position, type: 'erased-record', record: remainsOf(row), erasure };
    case 'commit':
      return { ...position, type: 'commit', epoch, committer: row.sender, commit: encode(stored(row.payload)) };
    case 'proposal':
      return { ...position, type: 'proposal', epoch, proposal: encode(stored(row.payload)) };
  }
}

function envelopeOf({ header, body, mls, signature }: EventRow) {
  return {
    header: stored(header),
    body: encode(stored(body)),
    mls: encode(stored(mls)),
    signature: encode(stored(signature)),
  };
}

function remainsOf({ header, body_hash: bodyHash, mls, signature }: EventRow) {
  return {
    header: stored(header),
    bodyHash: encode(stored(bodyHash)),
    mls: encode(stored(mls)),
    signature: encode(stored(signature)),
  };
}

/** The table's CHECK says which columns a type has. */
function stored<T>(column: T | null): T {
  if (column === null) throw new Error('A stored event lacks a part.');
  return column;
}

export function absentRecord(): LiaisonError {
  return new LiaisonError('not-found', 'There is no such record, or it is not open to this device.', {
    check: 'REC-12',
  });
}
