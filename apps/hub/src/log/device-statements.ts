import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { verify } from '#liaison/crypto';
import {
  fromBase64url,
  timestampOf,
  type Clock,
  type ExportedEvent,
  type OpenedEvent,
  type OpenedReceipt,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess, mayRead } from '../channels/channel-access.js';
import { PG_POOL } from '../database/tokens.js';
import { CLOCK } from '../ports.js';
import { wasGranted } from '../history/granted-places.js';
import { inTransaction } from '../database/in-transaction.js';
import { LogAppender } from './log-appender.js';
import type { StatementKind } from './statement-kinds.js';

/** A device's clock may run ahead, not by more. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

const PLACES = `
  SELECT e.channel, e.record_id AS record, e.seq::float8 AS seq,
    ${wasGranted({ device: '$3', channel: 'e.channel', seq: 'e.seq' })} AS granted
  FROM channel_events e JOIN unnest($1::uuid[], $2::uuid[]) AS asked (channel, record)
    ON e.channel = asked.channel AND e.record_id = asked.record`;
const known = (table: string) => `
  SELECT o.channel, o.record, o.at, o.index::float8 AS index
  FROM ${table} o JOIN unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) AS asked (channel, record, at)
    ON o.channel = asked.channel AND o.record = asked.record AND o.at = asked.at
  WHERE o.device = $1`;
const remember = (table: string) => `
  INSERT INTO ${table} (device, channel, record, at, index)
  SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::int8[])`;

type Refusal = 'OPN-01' | 'OPN-02' | 'OPN-03';

/** What devices say, and sign, about records that their officers opened or exported: in the log, each once. */
@Injectable()
export class DeviceStatements {
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
  async report<Event extends Statement>(
    kind: StatementKind<Event>,
    caller: AuthenticatedDevice,
    events: readonly Event[],
  ): Promise<OpenedReceipt> {
    const readable = await this.readable(caller, events);
    const judged = events.map((event) => ({ event, refused: this.refusalOf(kind, caller, event, readable) }));
    const accepted = judged.filter(({ refused }) => refused === undefined).map(({ event }) => event);
    const indexes = accepted.length === 0 ? new Map<string, number>() : await this.log(kind, caller, accepted);
    return {
      events: judged.map(({ event, refused }) => {
        const index = indexes.get(keyOf(event));
        return refused !== undefined || index === undefined ? { refused: refused ?? 'OPN-02' } : { index };
      }),
    };
  }

  private refusalOf<Event extends Statement>(
    { context, signedBytes }: StatementKind<Event>,
    { device, publicKey }: AuthenticatedDevice,
    event: Event,
    readable: ReadonlySet<string>,
  ): Refusal | undefined {
    const signature = fromBase64url(event.signature);
    if (!verify(context, signedBytes(device, event), signature, publicKey)) return 'OPN-01';
    if (!readable.has(`${event.channel} ${event.record}`)) return 'OPN-02';
    return Date.parse(event.at) > this.clock.now() + AHEAD_MS ? 'OPN-03' : undefined;
  }

  /** `channel record` of those that exist and that the caller may read. */
  private async readable(caller: AuthenticatedDevice, events: readonly Statement[]): Promise<ReadonlySet<string>> {
    const channels = new Map((await this.access.all(caller)).map((channel) => [channel.channel as string, channel]));
    const { rows } = await this.pool.query<{ channel: string; record: string; seq: number; granted: boolean }>(PLACES, [
      events.map(({ channel }) => channel),
      events.map(({ record }) => record),
      caller.device,
    ]);
    const open = rows.filter(({ channel, seq, granted }) => {
      const membership = channels.get(channel);
      return membership !== undefined && (granted || mayRead(membership, seq));
    });
    return new Set(open.map(({ channel, record }) => `${channel} ${record}`));
  }

  private async log<Event extends Statement>(
    kind: StatementKind<Event>,
    caller: AuthenticatedDevice,
    events: readonly Event[],
  ): Promise<Map<string, number>> {
    const indexes = await inTransaction(this.pool, async (client) => {
      // Two reports of one device, one after the other: else both could find an event new.
      await client.query('SELECT FROM devices WHERE device = $1 FOR UPDATE', [caller.device]);
      return this.logNew(client, { kind, caller, events });
    });
    this.appender.committed();
    return indexes;
  }

  private async logNew<Event extends Statement>(
    client: PoolClient,
    { kind, caller, events }: Accepted<Event>,
  ): Promise<Map<string, number>> {
    const { rows } = await client.query<{ channel: string; record: string; at: Date; index: number }>(
      known(kind.table),
      [caller.device, ...columnsOf(events)],
    );
    const indexes = new Map(rows.map((row) => [`${row.channel} ${row.record} ${row.at.toISOString()}`, row.index]));
    const fresh = [...new Map(events.map((event) => [keyOf(event), event])).values()].filter(
      (event) => !indexes.has(keyOf(event)),
    );
    const acts = fresh.map((event) => this.actOf(kind, caller, event));
    const first = (await this.appender.append(client, acts)) ?? 0;
    for (const [offset, event] of fresh.entries()) indexes.set(keyOf(event), first + offset);
    const places = fresh.map((_, offset) => first + offset);
    if (fresh.length > 0) await client.query(remember(kind.table), [caller.device, ...columnsOf(fresh), places]);
    return indexes;
  }

  /** With the device's words and signature, so that the officer's authority can prove them. */
  private actOf<Event extends Statement>(
    { type, details }: StatementKind<Event>,
    { device }: AuthenticatedDevice,
    event: Event,
  ): LogAct {
    const { channel, record } = event;
    return { type, at: timestampOf(this.clock), actor: device, subject: { channel, record }, ...details(event) };
  }
}

type Statement = OpenedEvent | ExportedEvent;

interface Accepted<Event extends Statement> {
  readonly kind: StatementKind<Event>;
  readonly caller: AuthenticatedDevice;
  readonly events: readonly Event[];
}

function keyOf({ channel, record, at }: Statement): string {
  return `${channel} ${record} ${at}`;
}

function columnsOf(events: readonly Statement[]): [string[], string[], string[]] {
  return [events.map(({ channel }) => channel), events.map(({ record }) => record), events.map(({ at }) => at)];
}
