import type { Pool } from 'pg';
import { LiaisonError, type ChannelId, type Clock, type DeviceAddress } from '#liaison/protocol';
import { deliveryActs } from './delivery-acts.js';
import type { LogAppender } from '../log/log-appender.js';
import { absent } from '../records/batch-plan.js';
import { inTransaction } from '../database/in-transaction.js';

interface Waiting {
  readonly seq: number;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: unknown) => void;
}

/** One device's cursor in one channel: the furthest that was asked for, and who waits for it to be durable. */
interface Move {
  readonly channel: ChannelId;
  readonly device: DeviceAddress;
  seq: number;
  readonly waiting: Waiting[];
}

const MOST_WAITING = 50_000;
/** Cursors gather for that long: a device that moves often costs one row a batch. */
const GATHER_MS = 20;

/** Sorted, so that two nodes take the rows in one order. A cursor beyond what its device may read does not move. */
const MOVE_STATEMENT = `
  INSERT INTO device_cursors AS known (channel, device, seq, at)
  SELECT n.channel, n.device, n.seq, $4
  FROM unnest($1::uuid[], $2::text[], $3::int8[]) AS n (channel, device, seq)
  JOIN LATERAL (
    SELECT max(coalesce(m.until_seq, c.last_seq)) AS last FROM channel_memberships m JOIN channels c ON c.id = m.channel
    WHERE m.channel = n.channel AND m.device = n.device
  ) readable ON n.seq <= readable.last
  ORDER BY n.channel, n.device
  ON CONFLICT (channel, device) DO UPDATE SET seq = excluded.seq, at = excluded.at WHERE known.seq < excluded.seq
  RETURNING channel, device, seq::float8 AS seq`;

/** Where the cursors are that did not move. */
const STILL_STATEMENT = `
  SELECT n.channel, n.device, known.seq::float8 AS seq,
    EXISTS (SELECT FROM channel_memberships m WHERE m.channel = n.channel AND m.device = n.device) AS is_open
  FROM unnest($1::uuid[], $2::text[]) AS n (channel, device)
  LEFT JOIN device_cursors known ON known.channel = n.channel AND known.device = n.device`;

interface MovedRow {
  readonly channel: ChannelId;
  readonly device: DeviceAddress;
  readonly seq: number;
}

interface CursorRow {
  readonly channel: ChannelId;
  readonly device: DeviceAddress;
  readonly seq: number | null;
  readonly is_open?: boolean;
}

/** Durable cursors: written in batches, never moved back, answered once they are durable. */
export class Cursors {
  private moves = new Map<string, Move>();
  private waiting = 0;
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly pool: Pool,
    private readonly clock: Clock,
    private readonly appender: LogAppender,
  ) {}

  /**
   * @returns where the cursor is now: at `seq` or beyond.
   * @throws LiaisonError `not-found` (CHN-10), `not-allowed` (CUR-01) beyond the last event, `try-again` (CUR-02), `unavailable`.
   */
  move(device: DeviceAddress, channel: ChannelId, seq: number): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw stopping();
      if (this.waiting >= MOST_WAITING) throw full();
      const move = this.moveOf(device, channel);
      move.seq = Math.max(move.seq, seq);
      move.waiting.push({ seq, resolve, reject });
      this.waiting += 1;
      this.running ??= this.run();
    });
  }

  /** Refuses what comes from now on; resolves when everything accepted has been answered. */
  async drain(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private moveOf(device: DeviceAddress, channel: ChannelId): Move {
    const key = `${channel} ${device}`;
    const known = this.moves.get(key);
    if (known !== undefined) return known;
    const move = { channel, device, seq: 0, waiting: [] };
    this.moves.set(key, move);
    return move;
  }

  private async run(): Promise<void> {
    while (this.moves.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      const moves = this.moves;
      this.moves = new Map();
      await this.write(moves);
    }
    this.running = undefined;
  }

  private async write(moves: ReadonlyMap<string, Move>): Promise<void> {
    try {
      const left = new Map(moves);
      for (const { channel, device, seq } of await this.moveAll([...moves.values()])) {
        const key = `${channel} ${device}`;
        for (const waiting of moves.get(key)?.waiting ?? []) waiting.resolve(seq ?? 0);
        left.delete(key);
      }
      if (left.size > 0) await this.answerStill(left);
    } catch (error) {
      for (const { waiting } of moves.values()) for (const { reject } of waiting) reject(notStored(error));
    }
    for (const { waiting } of moves.values()) this.waiting -= waiting.length;
  }

  /** A cursor that moves is a disclosure: what the log says of it is durable with it. */
  private async moveAll(moves: readonly Move[]): Promise<CursorRow[]> {
    const at = new Date(this.clock.now());
    const moved = await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<MovedRow>({
        name: 'move-cursors',
        text: MOVE_STATEMENT,
        values: [
          moves.map(({ channel }) => channel),
          moves.map(({ device }) => device),
          moves.map(({ seq }) => seq),
          at,
        ],
      });
      await this.appender.append(client, deliveryActs(rows, at.toISOString()));
      return rows;
    });
    if (moved.length > 0) this.appender.committed();
    return moved;
  }

  private async answerStill(moves: ReadonlyMap<string, Move>): Promise<void> {
    const still = [...moves.values()];
    const { rows } = await this.pool.query<CursorRow>({
      name: 'still-cursors',
      text: STILL_STATEMENT,
      values: [still.map(({ channel }) => channel), still.map(({ device }) => device)],
    });
    for (const { channel, device, seq, is_open: isOpen } of rows) {
      for (const waiting of moves.get(`${channel} ${device}`)?.waiting ?? []) {
        if (isOpen !== true) waiting.reject(absent());
        else if (waiting.seq > (seq ?? 0)) waiting.reject(beyond());
        else waiting.resolve(seq ?? 0);
      }
    }
  }
}

function beyond(): LiaisonError {
  return new LiaisonError('not-allowed', 'A cursor stands on an event that there is, and that the device may read.', {
    check: 'CUR-01',
  });
}

function full(): LiaisonError {
  return new LiaisonError('try-again', 'Too many cursors move at this moment. Send the same again.', {
    check: 'CUR-02',
    retryAfterMs: 500,
  });
}

function stopping(): LiaisonError {
  return new LiaisonError('unavailable', 'The hub is stopping. Send the same again when it is back.', {
    check: 'REC-17',
    retryAfterMs: 2000,
  });
}

function notStored(cause: unknown): LiaisonError {
  return new LiaisonError('unavailable', 'The hub could not store the cursor. Send the same again.', {
    check: 'REC-18',
    retryAfterMs: 500,
    cause,
  });
}
