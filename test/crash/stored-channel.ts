import pg from 'pg';
import { type ChannelEvent, type ChannelId, toBase64url } from '#liaison/protocol';

/** A row of `channel_events` as the event it stands for, with what the hub noted beside it. Binary is base64url. */
export interface StoredEvent {
  readonly event: ChannelEvent;
  readonly recordId?: string;
  readonly headerHash?: string;
  readonly bodyHash?: string;
}

export interface StoredChannel {
  readonly epoch: number;
  readonly lastSeq: number;
  readonly chain: string;
  /** By sequence number. */
  readonly events: readonly StoredEvent[];
}

interface Row {
  readonly seq: number;
  readonly type: ChannelEvent['type'];
  readonly at: Date;
  readonly chain: Buffer;
  readonly epoch: number;
  readonly sender: string;
  readonly record_id: string;
  readonly header: string;
  readonly header_hash: Buffer;
  readonly body_hash: Buffer;
  readonly body: Buffer;
  readonly mls: Buffer;
  readonly signature: Buffer;
  readonly payload: Buffer;
}

const EVENTS = `
  SELECT e.seq::float8 AS seq, e.type, e.at, e.chain, e.epoch::float8 AS epoch, e.sender, e.record_id, e.header,
    e.header_hash, e.body_hash, e.mls, e.signature, e.payload, b.body
  FROM channel_events e LEFT JOIN record_bodies b ON b.channel = e.channel AND b.seq = e.seq
  WHERE e.channel = $1 ORDER BY e.seq`;

/** Straight from the tables, past the hub. */
export async function readStoredChannel(url: string, channel: ChannelId): Promise<StoredChannel> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const heads = await client.query<{ epoch: number; last_seq: number; chain: Buffer }>(
      'SELECT epoch::float8 AS epoch, last_seq::float8 AS last_seq, chain FROM channels WHERE id = $1',
      [channel],
    );
    const [head] = heads.rows;
    if (head === undefined) throw new Error(`The database has no channel ${channel}.`);
    const { rows } = await client.query<Row>(EVENTS, [channel]);
    const events = rows.map((row) => storedEvent(channel, row));
    return { epoch: head.epoch, lastSeq: head.last_seq, chain: toBase64url(head.chain), events };
  } finally {
    await client.end();
  }
}

function storedEvent(channel: ChannelId, row: Row): StoredEvent {
  const place = { channel, seq: row.seq, at: row.at.toISOString(), chain: toBase64url(row.chain) };
  if (row.type !== 'record') return { event: handshakeEvent(place, row) };
  const { header, body, mls, signature } = row;
  const record = { header, body: toBase64url(body), mls: toBase64url(mls), signature: toBase64url(signature) };
  return {
    event: { ...place, type: 'record', record },
    recordId: row.record_id,
    headerHash: toBase64url(row.header_hash),
    bodyHash: toBase64url(row.body_hash),
  };
}

function handshakeEvent(
  place: Pick<ChannelEvent, 'channel' | 'seq' | 'at' | 'chain'>,
  { type, epoch, sender, payload }: Row,
): ChannelEvent {
  const bytes = toBase64url(payload);
  if (type === 'proposal') return { ...place, type, epoch, proposal: bytes };
  const committer = sender as Extract<ChannelEvent, { type: 'commit' }>['committer'];
  return { ...place, type: 'commit', epoch, committer, commit: bytes };
}
