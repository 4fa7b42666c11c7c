import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { keyOf } from '#liaison/policy';
import {
  decodeHeader,
  timestampOf,
  type ChannelId,
  type Clock,
  type DeviceAddress,
  type HistoryOrder,
  type RecordId,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess, mayRead } from '../channels/channel-access.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { GrantRules, type GrantableRecord } from './grant-rules.js';
import { grantedAmong } from './granted-places.js';

const RECORDS = `
  SELECT seq::float8 AS seq, at, header, header_hash FROM channel_events
  WHERE channel = $1 AND record_id = ANY ($2::uuid[]) ORDER BY seq`;
const KNOWN = `
  SELECT record_id AS record, log_index::float8 AS index FROM granted_records
  WHERE device = $1 AND channel = $2 AND granted_by = $3 AND seq = ANY ($4::int8[])`;
const REMEMBER = `
  INSERT INTO granted_records (device, channel, granted_by, granted_at, purpose, seq, record_id, signature, log_index)
  SELECT $1, $2, $3, $4, $5, g.* FROM unnest($6::int8[], $7::uuid[], $8::bytea[], $9::int8[]) AS g`;

interface FoundRecord extends GrantableRecord {
  readonly headerHash: string;
}

interface Accepted extends FoundRecord {
  readonly signature: string;
}

export type GrantOutcome = { readonly index: number } | { readonly refused: string };

/** Gives records of the past to a member that was not there: each signed by the device that gives it, judged, and logged once. */
@Injectable()
export class Granting {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: ChannelAccess,
    private readonly rules: GrantRules,
    private readonly appender: LogAppender,
  ) {}

  /**
   * Refuses single grants: see {@link GrantRules.refusal}. The same again answers with the same places of the log.
   * @throws LiaisonError `not-found` (CHN-10) for a channel that is not open to the caller, `not-allowed` (GRT-03).
   */
  async grant(caller: AuthenticatedDevice, channel: ChannelId, order: HistoryOrder): Promise<GrantOutcome[]> {
    const records = await this.readableRecords(caller, channel, order);
    const target = await this.rules.target(channel, order.to);
    const standings = await this.rules.standings(caller, [...records.values()]);
    const outcomes = new Map<RecordId, GrantOutcome>();
    const accepted = new Map<RecordId, Accepted>();
    for (const grant of order.grants) {
      const record = records.get(grant.record);
      const standing = standings.get(keyOf({ channel, record: grant.record }));
      const found = record === undefined || standing === undefined ? undefined : { record, standing };
      const refused = this.rules.refusal(caller, target, order, grant, found);
      if (refused !== undefined || record === undefined) outcomes.set(grant.record, { refused: refused ?? 'GRT-02' });
      else accepted.set(grant.record, { ...record, signature: grant.signature });
    }
    for (const [record, index] of await this.store(caller, channel, order, [...accepted.values()]))
      outcomes.set(record, { index });
    return order.grants.map(({ record }) => outcomes.get(record) ?? { refused: 'GRT-02' });
  }

  /** Those that the caller could read when they were sent, or was granted itself. */
  private async readableRecords(
    caller: AuthenticatedDevice,
    channel: ChannelId,
    { grants }: HistoryOrder,
  ): Promise<ReadonlyMap<RecordId, FoundRecord>> {
    const readable = await this.access.asMember(caller, channel);
    const { rows } = await this.pool.query<{ seq: number; at: Date; header: string; header_hash: Buffer }>(RECORDS, [
      channel,
      grants.map(({ record }) => record),
    ]);
    const before = rows.filter(({ seq }) => !mayRead(readable, seq)).map(({ seq }) => seq);
    const granted = await grantedAmong(this.pool, caller.device, channel, before);
    const found = rows.filter(({ seq }) => mayRead(readable, seq) || granted.has(seq));
    return new Map(
      found.map(({ seq, at, header, header_hash: hash }) => {
        const decoded = decodeHeader(header);
        const headerHash = hash.toString('base64url');
        return [decoded.id, { seq, storedAt: at.getTime(), header: decoded, headerHash }];
      }),
    );
  }

  private async store(
    caller: AuthenticatedDevice,
    channel: ChannelId,
    order: HistoryOrder,
    accepted: readonly Accepted[],
  ): Promise<ReadonlyMap<RecordId, number>> {
    if (accepted.length === 0) return new Map();
    const indexes = await inTransaction(this.pool, async (client) => {
      // Two orders of one device, one after the other: else both could find a grant new.
      await client.query('SELECT FROM devices WHERE device = $1 FOR UPDATE', [caller.device]);
      return this.storeNew(client, { giver: caller.device, channel, order, accepted });
    });
    this.appender.committed();
    return indexes;
  }

  private async storeNew(
    client: PoolClient,
    { giver, channel, order, accepted }: Storing,
  ): Promise<Map<RecordId, number>> {
    const { to, at, purpose } = order;
    const { rows } = await client.query<{ record: RecordId; index: number }>(KNOWN, [
      to,
      channel,
      giver,
      accepted.map(({ seq }) => seq),
    ]);
    const indexes = new Map(rows.map(({ record, index }) => [record, index]));
    const fresh = accepted.filter(({ header }) => !indexes.has(header.id));
    const acts = fresh.map((record) => this.actOf(giver, channel, order, record));
    const first = (await this.appender.append(client, acts)) ?? 0;
    for (const [offset, { header }] of fresh.entries()) indexes.set(header.id, first + offset);
    if (fresh.length > 0)
      await client.query(REMEMBER, [
        ...[to, channel, giver, at, purpose],
        fresh.map(({ seq }) => seq),
        fresh.map(({ header }) => header.id),
        fresh.map(({ signature }) => Buffer.from(signature, 'base64url')),
        fresh.map((_, offset) => first + offset),
      ]);
    return indexes;
  }

  private actOf(
    giver: DeviceAddress,
    channel: ChannelId,
    { to, at: grantedAt, purpose }: HistoryOrder,
    { header, seq, headerHash, signature }: Accepted,
  ): LogAct {
    return {
      type: 'record.granted',
      at: timestampOf(this.clock),
      actor: giver,
      subject: { channel, seq, record: header.id },
      headerHash,
      recipients: [to],
      purpose,
      details: { grantedAt, signature },
    };
  }
}

interface Storing {
  readonly giver: DeviceAddress;
  readonly channel: ChannelId;
  readonly order: HistoryOrder;
  readonly accepted: readonly Accepted[];
}
