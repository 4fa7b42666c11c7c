import type { Pool, PoolClient } from 'pg';
import type { ChannelId, DeviceAddress, RandomSource, RecordId } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { loggedEvents } from '../log/event-leaves.js';
import type { LogAppender } from '../log/log-appender.js';
import { inTransaction } from '../database/in-transaction.js';
import {
  APPEND_NEW_RECORDS,
  isTaken,
  movedChannels,
  newRecordParameters,
  type NewRecordsRow,
} from './append-new-records.js';
import { APPEND_STATEMENT, appendParameters, inOrder } from './append-statement.js';
import type { BatchPlan, ChannelHead } from './batch-plan.js';
import type { AppendResult, ChannelLedger } from './channel-ledger.js';
import type { TakenRecord } from './submission.js';

const LOCK_STATEMENT = `
  SELECT id, epoch::float8 AS epoch, last_seq::float8 AS last_seq, chain
  FROM channels WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`;

/** A statement of its own, so that it sees what was durable when the locks were had. */
const LEFT_STATEMENT = `
  SELECT channel, device FROM channel_leavings WHERE channel = ANY ($1::uuid[]) AND removed_seq IS NULL`;

interface HeadRow {
  readonly id: ChannelId;
  readonly epoch: number;
  readonly last_seq: number;
  readonly chain: Buffer;
}

type ResultRow =
  | { readonly moved: ChannelId; readonly log_index: number }
  | {
      readonly moved: null;
      readonly log_index: number;
      readonly channel: ChannelId;
      readonly record_id: RecordId;
      readonly seq: number;
      readonly at: Date;
      readonly sender: DeviceAddress;
      readonly header_hash: Buffer;
      readonly chain: Buffer;
    };

/** After a record that was stored already, ids are looked up in so many batches: whoever sends such records over and over holds up nobody. */
const SUSPICIOUS_BATCHES = 256;

interface Queryable {
  query(config: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
}

/**
 * The sequence in PostgreSQL, and with every event its entry in the log. Whatever else a batch must make durable (deadlines)
 * belongs into {@link appendLocked}'s transaction, or into {@link APPEND_STATEMENT} behind a compare-and-swap of its own.
 */
export class PostgresLedger implements ChannelLedger {
  /** Batches whose ids are to be looked up. */
  private suspicious = 0;

  constructor(
    private readonly pool: Pool,
    private readonly random: RandomSource,
    private readonly appender: LogAppender,
  ) {}

  async append(plan: BatchPlan): Promise<AppendResult> {
    try {
      const result = await (this.suspicious > 0 ? this.appendWith(this.pool, plan) : this.appendNew(plan));
      this.suspicious = Math.max(0, this.suspicious - 1);
      this.appender.committed();
      return result;
    } catch (error) {
      if (isTaken(error)) this.suspicious = SUSPICIOUS_BATCHES;
      // Nothing moved, and that is certain: the same goes again, under the locks, where ids are looked up.
      else if (!isDeadlock(error)) throw error;
      return { moved: new Map(), taken: [] };
    }
  }

  private async appendNew(plan: BatchPlan): Promise<AppendResult> {
    const channels = inOrder(plan);
    const events = channels.flatMap((channel) => channel.events);
    const values = newRecordParameters(channels, loggedEvents(events, plan.at, this.random), plan.at);
    const { rows } = await this.pool.query<NewRecordsRow>({ name: 'append-new', text: APPEND_NEW_RECORDS, values });
    const [row] = rows;
    return { moved: row === undefined ? new Map() : movedChannels(channels, row), taken: [] };
  }

  async appendLocked(
    channels: readonly ChannelId[],
    plan: (heads: ReadonlyMap<ChannelId, ChannelHead>) => BatchPlan,
  ): Promise<{ plan: BatchPlan; result: AppendResult }> {
    const done = await againAfterDeadlock(() =>
      inTransaction(this.pool, async (client) => {
        const planned = plan(await lockHeads(client, channels));
        const result = await this.appendWith(client, planned);
        await this.storeAlongside(client, planned, result);
        return { plan: planned, result };
      }),
    );
    this.appender.committed();
    return done;
  }

  /** What handshakes change, and then what the log says of it: see {@link LogAppender}. */
  private async storeAlongside(client: PoolClient, plan: BatchPlan, { moved }: AppendResult): Promise<void> {
    const acts: LogAct[] = [];
    for (const { channel, events } of plan.channels) {
      if (!moved.has(channel)) continue;
      for (const { submission, place } of events) {
        const { entry } = submission;
        if (entry.type === 'record') continue;
        await entry.storeAlongside(client, place);
        acts.push(...entry.acts(place));
      }
    }
    await this.appender.append(client, acts);
  }

  private async appendWith(queryable: Queryable, plan: BatchPlan): Promise<AppendResult> {
    const moved = new Map<ChannelId, number>();
    const taken: TakenRecord[] = [];
    for (const { channel, events } of plan.channels) if (events.length === 0) moved.set(channel, 0);
    if (moved.size === plan.channels.length) return { moved, taken };
    const values = appendParameters(plan, (events, at) => loggedEvents(events, at, this.random));
    const { rows } = await queryable.query({ name: 'append', text: APPEND_STATEMENT, values });
    for (const row of rows as ResultRow[]) {
      if (row.moved === null) taken.push(takenRecord(row));
      else moved.set(row.moved, row.log_index);
    }
    return { moved, taken };
  }
}

const DEADLOCKS = 5;

/** Two nodes that lock the same channels meet sooner or later; PostgreSQL undoes one of them. */
async function againAfterDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === DEADLOCKS || !isDeadlock(error)) throw error;
    }
  }
}

/** SQLSTATE `deadlock_detected`. */
function isDeadlock(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '40P01';
}

async function lockHeads(
  client: PoolClient,
  channels: readonly ChannelId[],
): Promise<ReadonlyMap<ChannelId, ChannelHead>> {
  const { rows } = await client.query<HeadRow>({ name: 'lock-heads', text: LOCK_STATEMENT, values: [channels] });
  const left = await leftOf(client, channels);
  return new Map(
    rows.map(({ id, epoch, last_seq: lastSeq, chain }) => [
      id,
      { epoch, lastSeq, chain: new Uint8Array(chain), left: left.get(id) ?? new Set() },
    ]),
  );
}

async function leftOf(client: PoolClient, channels: readonly ChannelId[]): Promise<Map<ChannelId, Set<DeviceAddress>>> {
  const { rows } = await client.query<{ channel: ChannelId; device: DeviceAddress }>({
    name: 'lock-left',
    text: LEFT_STATEMENT,
    values: [channels],
  });
  const left = new Map<ChannelId, Set<DeviceAddress>>();
  for (const { channel, device } of rows) left.set(channel, (left.get(channel) ?? new Set()).add(device));
  return left;
}

function takenRecord(row: Extract<ResultRow, { moved: null }>): TakenRecord {
  return {
    channel: row.channel,
    recordId: row.record_id,
    seq: row.seq,
    at: row.at.getTime(),
    chain: row.chain,
    sender: row.sender,
    headerHash: row.header_hash,
    logIndex: row.log_index,
  };
}
