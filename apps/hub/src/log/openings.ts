import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { verify } from '#liaison/crypto';
import {
  fromBase64url,
  openedSignedBytes,
  timestampOf,
  type Clock,
  type OpenedEvent,
  type OpenedReceipt,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess, mayRead } from '../channels/channel-access.js';
import { PG_POOL } from '../database/tokens.js';
import { CLOCK } from '../ports.js';
import { inTransaction } from '../database/in-transaction.js';
import { LogAppender } from './log-appender.js';

/** A device's clock may run ahead, not by more. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

const PLACES = `
  SELECT e.channel, e.record_id AS record, e.seq::float8 AS seq
  FROM channel_events e JOIN unnest($1::uuid[], $2::uuid[]) AS asked (channel, record)
    ON e.channel = asked.channel AND e.record_id = asked.record`;
const KNOWN = `
  SELECT o.channel, o.record, o.at, o.index::float8 AS index
  FROM logged_openings o JOIN unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) AS asked (channel, record, at)
    ON o.channel = asked.channel AND o.record = asked.record AND o.at = asked.at
  WHERE o.device = $1`;
const REMEMBER = `
  INSERT INTO logged_openings (device, channel, record, at, index)
  SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::int8[])`;

type Refusal = 'OPN-01' | 'OPN-02' | 'OPN-03';

/** What devices say, and sign, about records that their officers opened: `record.opened` in the log, each once. */
@Injectable()
export class Openings {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: ChannelAccess,
    private readonly appender: LogAppender,
  ) {}

  /**
   * Refuses single events for good, so that one does not hold up a queue: OPN-01 the signature is not by the key in the device's
   * certificate, OPN-02 no such record that it may read, OPN-03 from the future.
   */
  async report(caller: AuthenticatedDevice, events: readonly OpenedEvent[]): Promise<OpenedReceipt> {
    const readable = await this.readable(caller, events);
    const judged = events.map((event) => ({ event, refused: this.refusalOf(caller, event, readable) }));
    const accepted = judged.filter(({ refused }) => refused === undefined).map(({ event }) => event);
    const indexes = accepted.length === 0 ? new Map<string, number>() : await this.log(caller, accepted);
    return {
      events: judged.map(({ event, refused }) => {
        const index = indexes.get(keyOf(event));
        return refused !== undefined || index === undefined ? { refused: refused ?? 'OPN-02' } : { index };
      }),
    };
  }

  private refusalOf(
    { device, publicKey }: AuthenticatedDevice,
    event: OpenedEvent,
    readable: ReadonlySet<string>,
  ): Refusal | undefined {
    const { signature, ...said } = event;
    const signed = openedSignedBytes(device, said);
    if (!verify('record-opened', signed, fromBase64url(signature), publicKey)) return 'OPN-01';
    if (!readable.has(`${event.channel} ${event.record}`)) return 'OPN-02';
    return Date.parse(event.at) > this.clock.now() + AHEAD_MS ? 'OPN-03' : undefined;
  }

  /** `channel record` of those that exist and that the caller may read. */
  private async readable(caller: AuthenticatedDevice, events: readonly OpenedEvent[]): Promise<ReadonlySet<string>> {
    const channels = new Map((await this.access.all(caller)).map((channel) => [channel.channel as string, channel]));
    const { rows } = await this.pool.query<{ channel: string; record: string; seq: number }>(PLACES, [
      events.map(({ channel }) => channel),
      events.map(({ record }) => record),
    ]);
    const open = rows.filter(({ channel, seq }) => {
      const membership = channels.get(channel);
      return membership !== undefined && mayRead(membership, seq);
    });
    return new Set(open.map(({ channel, record }) => `${channel} ${record}`));
  }

  private async log(caller: AuthenticatedDevice, events: readonly OpenedEvent[]): Promise<Map<string, number>> {
    const indexes = await inTransaction(this.pool, async (client) => {
      // Two reports of one device, one after the other: else both could find an event new.
      await client.query('SELECT FROM devices WHERE device = $1 FOR UPDATE', [caller.device]);
      return this.logNew(client, caller, events);
    });
    this.appender.committed();
    return indexes;
  }

  private async logNew(
    client: PoolClient,
    caller: AuthenticatedDevice,
    events: readonly OpenedEvent[],
  ): Promise<Map<string, number>> {
    const { rows } = await client.query<{ channel: string; record: string; at: Date; index: number }>(KNOWN, [
      caller.device,
      ...columnsOf(events),
    ]);
    const indexes = new Map(rows.map((row) => [`${row.channel} ${row.record} ${row.at.toISOString()}`, row.index]));
    const fresh = [...new Map(events.map((event) => [keyOf(event), event])).values()].filter(
      (event) => !indexes.has(keyOf(event)),
    );
    const acts = fresh.map((event) => this.actOf(caller, event));
    const first = (await this.appender.append(client, acts)) ?? 0;
    for (const [offset, event] of fresh.entries()) indexes.set(keyOf(event), first + offset);
    const places = fresh.map((_, offset) => first + offset);
    if (fresh.length > 0) await client.query(REMEMBER, [caller.device, ...columnsOf(fresh), places]);
    return indexes;
  }

  /** With the device's words and signature, so that the officer's authority can prove them. */
  private actOf({ device }: AuthenticatedDevice, { channel, record, at, purpose, signature }: OpenedEvent): LogAct {
    return {
      type: 'record.opened',
      at: timestampOf(this.clock),
      actor: device,
      subject: { channel, record },
      ...(purpose === undefined ? {} : { purpose }),
      details: { openedAt: at, signature },
    };
  }
}

function keyOf({ channel, record, at }: OpenedEvent): string {
  return `${channel} ${record} ${at}`;
}

function columnsOf(events: readonly OpenedEvent[]): [string[], string[], string[]] {
  return [events.map(({ channel }) => channel), events.map(({ record }) => record), events.map(({ at }) => at)];
}
