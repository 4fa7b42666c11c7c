import type { Pool, PoolClient } from 'pg';
import type { ChannelId, DeviceAddress, RecordId } from '#liaison/protocol';
import { inTransaction } from '../database/in-transaction.js';
import { APPEND_STATEMENT, appendParameters } from './append-statement.js';
import type { BatchPlan, ChannelHead } from './batch-plan.js';
import type { AppendResult, ChannelLedger } from './channel-ledger.js';
import type { TakenRecord } from './submission.js';

const LOCK_STATEMENT = `
  SELECT id, epoch::float8 AS epoch, last_seq::float8 AS last_seq, chain
  FROM channels WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`;

interface HeadRow {
  readonly id: ChannelId;
  readonly epoch: number;
  readonly last_seq: number;
  readonly chain: Buffer;
}

type ResultRow =
  | { readonly moved: ChannelId }
  | {
      readonly moved: null;
      readonly channel: ChannelId;
      readonly record_id: RecordId;
      readonly seq: number;
      readonly at: Date;
      readonly sender: DeviceAddress;
      readonly header_hash: Buffer;
      readonly chain: Buffer;
    };

interface Queryable {
  query(config: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
}

/**
 * The sequence in PostgreSQL. Whatever else a batch must make durable (the Merkle log's leaves, deadlines) belongs into
 * {@link appendLocked}'s transaction, or into {@link APPEND_STATEMENT} behind a compare-and-swap of its own.
 */
export class PostgresLedger implements ChannelLedger {
  constructor(private readonly pool: Pool) {}

  append(plan: BatchPlan): Promise<AppendResult> {
    return appendWith(this.pool, plan);
  }

  async appendLocked(
    channels: readonly ChannelId[],
    plan: (heads: ReadonlyMap<ChannelId, ChannelHead>) => BatchPlan,
  ): Promise<{ plan: BatchPlan; result: AppendResult }> {
    return inTransaction(this.pool, async (client) => {
      const planned = plan(await lockHeads(client, channels));
      const result = await appendWith(client, planned);
      await storeAlongside(client, planned, result);
      return { plan: planned, result };
    });
  }
}

async function lockHeads(
  client: PoolClient,
  channels: readonly ChannelId[],
): Promise<ReadonlyMap<ChannelId, ChannelHead>> {
  const { rows } = await client.query<HeadRow>({ name: 'lock-heads', text: LOCK_STATEMENT, values: [channels] });
  return new Map(
    rows.map(({ id, epoch, last_seq: lastSeq, chain }) => [id, { epoch, lastSeq, chain: new Uint8Array(chain) }]),
  );
}

async function appendWith(queryable: Queryable, plan: BatchPlan): Promise<AppendResult> {
  const moved = new Set<ChannelId>();
  const taken: TakenRecord[] = [];
  for (const { channel, events } of plan.channels) if (events.length === 0) moved.add(channel);
  if (moved.size === plan.channels.length) return { moved, taken };
  const values = appendParameters(plan);
  const { rows } = await queryable.query({ name: 'append', text: APPEND_STATEMENT, values });
  for (const row of rows as ResultRow[]) {
    if (row.moved === null) taken.push(takenRecord(row));
    else moved.add(row.moved);
  }
  return { moved, taken };
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
  };
}

async function storeAlongside(client: PoolClient, plan: BatchPlan, { moved }: AppendResult): Promise<void> {
  for (const { channel, events } of plan.channels) {
    if (!moved.has(channel)) continue;
    for (const { submission, place } of events) {
      if (submission.entry.type !== 'record') await submission.entry.storeAlongside(client, place);
    }
  }
}
