import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { verify } from '#liaison/crypto';
import { mayAdminister } from '#liaison/policy';
import {
  type ChannelId,
  type ChannelProfile,
  type Clock,
  covers,
  decodeHeader,
  erasureSignedBytes,
  type ErasureOrder,
  fromBase64url,
  type LegalHold,
  type RecordErasure,
  type RecordId,
  reviewDaysOf,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess, mayRead, type ReadableChannel } from '../channels/channel-access.js';
import { ChannelStates } from '../channels/channel-states.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { absent } from '../records/batch-plan.js';
import { erasuresOf, storeErasures } from './erasure-store.js';
import { HoldStore } from './hold-store.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A device's clock may run ahead, not by more. */
const AHEAD_MS = DAY_MS;

const RECORDS = `
  SELECT record_id AS record, seq::float8 AS seq, at, header, header_hash FROM channel_events
  WHERE channel = $1 AND record_id = ANY ($2::uuid[])`;

interface StoredRecord {
  readonly record: RecordId;
  readonly seq: number;
  readonly at: Date;
  readonly header: string;
  readonly header_hash: Buffer;
}

type Refusal = 'RET-01' | 'RET-02' | 'RET-03' | 'RET-04' | 'RET-05' | 'RET-06';
export type ErasureOutcome = { readonly index: number } | { readonly refused: Refusal };

/** Erases the content of records that are past their review, on the signed order of an administrator of their channel. */
@Injectable()
export class Erasing {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: ChannelAccess,
    private readonly states: ChannelStates,
    private readonly appender: LogAppender,
    private readonly holds: HoldStore,
  ) {}

  /**
   * Refuses single orders: RET-01 the signature is not by the key in the device's certificate, or from the future, RET-02 no such record that it may
   * read, RET-03 it does not administer the channel, RET-04 the review is not due, RET-05 the channel keeps records under custody, RET-06 a legal hold
   * covers it.
   * @throws LiaisonError `not-found` (CHN-10) for a channel that is not open to the caller.
   */
  async erase(
    caller: AuthenticatedDevice,
    channel: ChannelId,
    orders: readonly ErasureOrder[],
  ): Promise<ErasureOutcome[]> {
    const readable = await this.access.asMember(caller, channel);
    const profile = (await this.states.newest(channel))?.profile;
    if (profile === undefined) throw absent();
    const outcomes = await inTransaction(this.pool, async (client) => {
      // Two orders for one record, one after the other; and the channel's row is locked before that of the log, as everywhere.
      await client.query('SELECT FROM channels WHERE id = $1 FOR UPDATE', [channel]);
      const holds = await this.holds.inForce(channel, client);
      return this.eraseAll(client, { caller, channel, readable, profile, holds }, orders);
    });
    this.appender.committed();
    return outcomes;
  }

  private async eraseAll(client: PoolClient, desk: Desk, orders: readonly ErasureOrder[]): Promise<ErasureOutcome[]> {
    const stored = await this.storedRecords(client, desk, orders);
    const known = await erasuresOf(
      client,
      desk.channel,
      [...stored.values()].map(({ seq }) => seq),
    );
    const outcomes = new Map<RecordId, ErasureOutcome>();
    const due: { readonly order: ErasureOrder; readonly record: StoredRecord }[] = [];
    for (const order of new Map(orders.map((each) => [each.record, each])).values()) {
      const record = stored.get(order.record);
      const refused = this.refusalOf(desk, order, record);
      const before = record === undefined ? undefined : known.get(record.seq);
      if (refused !== undefined || record === undefined) outcomes.set(order.record, { refused: refused ?? 'RET-02' });
      else if (before !== undefined) outcomes.set(order.record, { index: before.index });
      else due.push({ order, record });
    }
    const first = await this.appender.append(
      client,
      due.map(({ order, record }) => this.actOf(desk, order, record)),
    );
    const erasures = due.map(({ order, record }, offset) => erasureOf(desk, order, record, (first ?? 0) + offset));
    await storeErasures(client, erasures);
    for (const { record, index } of erasures) outcomes.set(record, { index });
    return orders.map(({ record }) => outcomes.get(record) ?? { refused: 'RET-02' });
  }

  private async storedRecords(
    client: PoolClient,
    { channel, readable }: Desk,
    orders: readonly ErasureOrder[],
  ): Promise<Map<RecordId, StoredRecord>> {
    const { rows } = await client.query<StoredRecord>(RECORDS, [channel, orders.map(({ record }) => record)]);
    return new Map(rows.filter(({ seq }) => mayRead(readable, seq)).map((row) => [row.record, row]));
  }

  private refusalOf(
    { caller, channel, profile, holds }: Desk,
    { signature, ...said }: ErasureOrder,
    stored: StoredRecord | undefined,
  ): Refusal | undefined {
    const now = this.clock.now();
    const signed = erasureSignedBytes(caller.device, { channel, ...said });
    const isSigned = verify('record-erasure', signed, fromBase64url(signature), caller.publicKey);
    if (!isSigned || Date.parse(said.at) > now + AHEAD_MS) return 'RET-01';
    if (stored === undefined) return 'RET-02';
    if (!caller.duties.includes('administrator') || !mayAdminister(profile, caller.contactPoint).allowed)
      return 'RET-03';
    const header = decodeHeader(stored.header);
    const since = Math.max(stored.at.getTime(), Date.parse(header.sentAt));
    if (Math.min(now, Date.parse(said.at)) < since + reviewDaysOf(header, profile) * DAY_MS) return 'RET-04';
    if (profile.custody === 'required') return 'RET-05';
    const record = { channel, id: stored.record, storedAt: stored.at.toISOString() };
    return holds.some((hold) => covers(hold, record)) ? 'RET-06' : undefined;
  }

  private actOf(
    { caller, channel }: Desk,
    order: ErasureOrder,
    { seq, header_hash: headerHash }: StoredRecord,
  ): LogAct {
    const { record, purpose, at, signature } = order;
    return {
      type: 'record.erased',
      at: timestampOf(this.clock),
      actor: caller.device,
      subject: { channel, seq, record },
      headerHash: headerHash.toString('base64url'),
      purpose,
      details: { orderedAt: at, signature },
    };
  }
}

interface Desk {
  readonly caller: AuthenticatedDevice;
  readonly channel: ChannelId;
  readonly readable: ReadableChannel;
  readonly profile: ChannelProfile;
  readonly holds: readonly LegalHold[];
}

function erasureOf(
  { caller, channel }: Desk,
  order: ErasureOrder,
  { seq }: StoredRecord,
  index: number,
): Omit<RecordErasure, 'entry'> {
  return { ...order, channel, seq, device: caller.device, certificate: toBase64url(caller.certificate), index };
}
