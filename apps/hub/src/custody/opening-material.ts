import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  contactPointOf,
  covers,
  decodeHeader,
  LIMITS,
  wasInForce,
  type ChannelEvent,
  type ChannelId,
  type Clock,
  type ContactPointId,
  type OpeningMaterial as Material,
  type RecordId,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { CLOCK } from '../ports.js';
import { RecordReader } from '../records/record-reader.js';
import { encode } from '../records/wire-event.js';
import { HoldStore } from '../retention/hold-store.js';
import { Devices } from '../identity/devices.js';
import { Deposits } from './deposits.js';
import { OpeningStore } from './opening-store.js';

const COLLECTED_FOR_MS = 30 * 24 * 60 * 60 * 1000;
const RECORDS_PER_PAGE = 20;

const ENTRY = 'SELECT index::float8 AS index, entry FROM log_entries WHERE index = $1';
const STORED = `
  SELECT l.index::float8 AS index, l.entry FROM channel_events e JOIN log_entries l ON l.index = e.log_index
  WHERE e.channel = $1 AND e.record_id = $2`;
const ABOUT = `
  SELECT a.record_id AS record, e.log_index::float8 AS index, e.header::jsonb ->> 'kind' AS kind FROM records_about a
  JOIN channel_events e ON e.channel = a.channel AND e.record_id = a.record_id
  WHERE a.channel = $1 AND a.about = $2 ORDER BY e.seq`;

interface Logged {
  readonly index: number;
  readonly entry: string;
}

/** What an opening gives out, once the log says so. */
@Injectable()
export class OpeningMaterial {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly openings: OpeningStore,
    private readonly deposits: Deposits,
    private readonly holds: HoldStore,
    private readonly reader: RecordReader,
    private readonly devices: Devices,
  ) {}

  /** @returns nothing where there is no such opening, or it is not the caller's to collect, or not any more. */
  async page(
    caller: AuthenticatedDevice,
    id: string,
    after: number,
  ): Promise<{ readonly records: Material[]; readonly next: number }> {
    const found = await this.openings.find(id);
    const { openedAt, opening } = found ?? {};
    const isOwn = found?.contactPoint === caller.contactPoint && caller.duties.includes('administrator');
    const isOpen = openedAt !== undefined && this.clock.now() <= openedAt.getTime() + COLLECTED_FOR_MS;
    if (!isOwn || !isOpen || opening?.index === undefined) return { records: [], next: after };
    const { channel, records, index } = opening;
    const page = records.slice(after, after + RECORDS_PER_PAGE);
    const material: Material[] = [];
    for (const [offset, record] of page.entries())
      material.push(await this.ofRecord(caller.contactPoint, { channel, record }, index + after + offset));
    return { records: material, next: after + page.length };
  }

  private async ofRecord(
    contactPoint: ContactPointId,
    { channel, record }: { readonly channel: ChannelId; readonly record: RecordId },
    index: number,
  ): Promise<Material> {
    const event = existing(await this.reader.record(channel, record));
    const { rows: said } = await this.pool.query<SaidRow>(ABOUT, [channel, record]);
    const about: ChannelEvent[] = [];
    for (const each of said) about.push(existing(await this.reader.record(channel, each.record)));
    const [stored, opened] = [await this.logged(STORED, [channel, record]), await this.logged(ENTRY, [index])];
    const withdrawal = said.find(({ kind }) => kind === 'withdrawal');
    const material = { event, about, stored, opened, certificates: await this.certificatesOf([event, ...about]) };
    if (withdrawal !== undefined && !(await this.isHeldSince(contactPoint, event, record, withdrawal.index)))
      return { ...material, deposits: [], withdrawn: true };
    return { ...material, deposits: await this.deposits.ofRecord(contactPoint, channel, record) };
  }

  /** All that their senders' devices have shown: also what was renewed or revoked since, for a record is judged by its own time. */
  private async certificatesOf(events: readonly ChannelEvent[]): Promise<string[]> {
    const senders = new Set(
      events.flatMap((each) => ('record' in each ? [decodeHeader(each.record.header).sender] : [])),
    );
    const certificates = new Set<string>();
    for (const contactPoint of new Set([...senders].map(contactPointOf))) {
      const shown = await this.devices.certificatesOf(contactPoint);
      for (const sender of senders) for (const each of shown.get(sender) ?? []) certificates.add(encode(each));
    }
    return [...certificates].slice(0, LIMITS.certificatesOfRecord);
  }

  /** Whether the contact point's own hold was there before, and still is. */
  private async isHeldSince(
    contactPoint: ContactPointId,
    { channel, at }: ChannelEvent,
    record: RecordId,
    withdrawal: number,
  ): Promise<boolean> {
    const holds = await this.holds.inForce(channel, this.pool, contactPoint);
    return holds.some((hold) => covers(hold, { channel, id: record, storedAt: at }) && wasInForce(hold, withdrawal));
  }

  private async logged(statement: string, values: readonly unknown[]): Promise<Logged> {
    const { rows } = await this.pool.query<Logged>(statement, [...values]);
    return existing(rows[0]);
  }
}

interface SaidRow {
  readonly record: RecordId;
  readonly index: number;
  readonly kind: string;
}

/** What a row of another table, written with it, says is there. */
function existing<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('What an opening names is not stored.');
  return found;
}
