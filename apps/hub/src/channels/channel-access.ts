import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { ChannelId, ChannelSummary } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { absent } from '../records/batch-plan.js';

/** Both ends included; without an end while the device is a member. */
interface MembershipInterval {
  readonly from: number;
  readonly until?: number;
}

/** Proof that a device was or is a member of a channel, and what it may read of it. Only {@link ChannelAccess} makes one. */
export interface ReadableChannel {
  readonly channel: ChannelId;
  readonly epoch: number;
  readonly lastSeq: number;
  /** Oldest first; at least one. */
  readonly intervals: readonly MembershipInterval[];
}

interface AccessRow {
  readonly id: ChannelId;
  readonly epoch: number;
  readonly last_seq: number;
  readonly from_seq: number;
  readonly until_seq: number | null;
}

const ACCESS = `
  SELECT c.id, c.epoch::float8 AS epoch, c.last_seq::float8 AS last_seq, m.from_seq::float8 AS from_seq,
    m.until_seq::float8 AS until_seq
  FROM channel_memberships m JOIN channels c ON c.id = m.channel WHERE m.device = $1`;

/** Who may read which stretch of which channel. A channel of others answers like one that does not exist. */
@Injectable()
export class ChannelAccess {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  /** @throws LiaisonError `not-found` (CHN-10). */
  async readable({ device }: Pick<AuthenticatedDevice, 'device'>, channel: ChannelId): Promise<ReadableChannel> {
    const { rows } = await this.pool.query<AccessRow>({
      name: 'channel-access',
      text: `${ACCESS} AND m.channel = $2 ORDER BY m.from_seq`,
      values: [device, channel],
    });
    const [readable] = readableChannels(rows);
    if (readable === undefined) throw absent();
    return readable;
  }

  /** @throws LiaisonError `not-found` (CHN-10) also for a device that was removed. */
  async asMember(caller: AuthenticatedDevice, channel: ChannelId): Promise<ReadableChannel> {
    const readable = await this.readable(caller, channel);
    if (!isMember(readable)) throw absent();
    return readable;
  }

  async all({ device }: Pick<AuthenticatedDevice, 'device'>): Promise<readonly ReadableChannel[]> {
    const { rows } = await this.pool.query<AccessRow>({
      name: 'channels-of-device',
      text: `${ACCESS} ORDER BY m.channel, m.from_seq`,
      values: [device],
    });
    return readableChannels(rows);
  }
}

export function isMember({ intervals }: ReadableChannel): boolean {
  return intervals.at(-1)?.until === undefined;
}

/** A removed device is told of nothing that happened after its removal, not even that something did. */
export function summaryOf({ channel, epoch, lastSeq, intervals }: ReadableChannel): ChannelSummary {
  const newest = intervals.at(-1) ?? { from: 0 };
  const until = newest.until;
  const own = { id: channel, epoch, from: newest.from };
  return until === undefined ? { ...own, lastSeq } : { ...own, lastSeq: Math.min(lastSeq, until), until };
}

/** The stretch that a page after `after` is taken from: within one interval, so that no page hides a gap. */
export function stretchAfter(
  readable: ReadableChannel,
  after: number,
): { readonly from: number; readonly until: number } | undefined {
  for (const { from, until = readable.lastSeq } of readable.intervals) {
    const start = Math.max(from, after + 1);
    if (start <= until) return { from: start, until };
  }
  return undefined;
}

export function mayRead({ intervals }: ReadableChannel, seq: number): boolean {
  return intervals.some(({ from, until = Number.MAX_SAFE_INTEGER }) => seq >= from && seq <= until);
}

function readableChannels(rows: readonly AccessRow[]): ReadableChannel[] {
  const channels = new Map<ChannelId, ReadableChannel & { intervals: MembershipInterval[] }>();
  for (const { id, epoch, last_seq: lastSeq, from_seq: from, until_seq: until } of rows) {
    const interval = until === null ? { from } : { from, until };
    const known = channels.get(id);
    if (known === undefined) channels.set(id, { channel: id, epoch, lastSeq, intervals: [interval] });
    else known.intervals.push(interval);
  }
  return [...channels.values()];
}
