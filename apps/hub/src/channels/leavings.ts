import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { ChannelId, DeviceAddress } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import type { Transaction } from '../records/submission.js';

/** A device that has left, while its leaf is still in the group. */
export interface LeavingMember {
  readonly device: DeviceAddress;
  readonly leafIndex: number;
  readonly epoch: number;
  /** What it signed, as members are shown it. */
  readonly statement: Uint8Array;
}

interface NewLeaving {
  readonly channel: ChannelId;
  readonly device: DeviceAddress;
  readonly leafIndex: number;
  readonly statement: Uint8Array;
  readonly seq: number;
}

const OPEN = 'SELECT device FROM channel_leavings WHERE channel = $1 AND removed_seq IS NULL';
const IS_UNPROPOSED = `
  l.removed_seq IS NULL
    AND NOT EXISTS (SELECT FROM removal_proposals p
      WHERE p.channel = l.channel AND p.epoch = c.epoch AND p.leaf_index = l.leaf_index)`;
const CHANNELS = `
  SELECT DISTINCT l.channel FROM channel_leavings l JOIN channels c ON c.id = l.channel WHERE ${IS_UNPROPOSED}`;
const UNPROPOSED = `
  SELECT l.device, l.leaf_index, l.statement, c.epoch::float8 AS epoch
  FROM channel_leavings l JOIN channels c ON c.id = l.channel
  WHERE l.channel = $1 AND ${IS_UNPROPOSED}`;
/** Of a device that is no member any more because it left. */
const LAST = `
  SELECT l.seq::float8 AS seq FROM channel_leavings l
  WHERE l.channel = $1 AND l.device = $2
    AND NOT EXISTS (SELECT FROM channel_memberships m
      WHERE m.channel = l.channel AND m.device = l.device AND (m.until_seq IS NULL OR m.until_seq > l.seq))
  ORDER BY l.seq DESC LIMIT 1`;
const ADD = `
  INSERT INTO channel_leavings (channel, device, seq, leaf_index, statement) VALUES ($1, $2, $3, $4, $5)`;
const END_MEMBERSHIP = `
  UPDATE channel_memberships SET until_seq = $3 WHERE channel = $1 AND device = $2 AND until_seq IS NULL`;
const FORGET_WELCOMES = `
  DELETE FROM welcome_recipients r USING welcomes w WHERE w.id = r.welcome AND w.channel = $1 AND r.device = $2`;

/** Devices that left channels of their own accord (docs/spec/channel.md#leaving-of-ones-own-accord). */
@Injectable()
export class Leavings {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  /** Who has left, and is in the group still. */
  async open(channel: ChannelId): Promise<ReadonlySet<DeviceAddress>> {
    const { rows } = await this.pool.query<{ device: DeviceAddress }>(OPEN, [channel]);
    return new Set(rows.map(({ device }) => device));
  }

  /** Those in which somebody has left whose removal has not been proposed in their epoch. */
  async dueChannels(): Promise<ChannelId[]> {
    const { rows } = await this.pool.query<{ channel: ChannelId }>(CHANNELS);
    return rows.map(({ channel }) => channel);
  }

  /** Those whose removal has not been proposed in the channel's epoch. */
  async unproposed(channel: ChannelId): Promise<LeavingMember[]> {
    const { rows } = await this.pool.query<{
      device: DeviceAddress;
      leaf_index: number;
      statement: Buffer;
      epoch: number;
    }>(UNPROPOSED, [channel]);
    return rows.map(({ leaf_index: leafIndex, ...row }) => ({ ...row, leafIndex }));
  }

  /** @returns the place at which this device left and has not come back since. */
  async placeOf(channel: ChannelId, device: DeviceAddress): Promise<number | undefined> {
    const { rows } = await this.pool.query<{ seq: number }>(LAST, [channel, device]);
    return rows[0]?.seq;
  }

  /** Part of the sequencer's transaction: from here on the device may read nothing more. */
  async store(transaction: Transaction, { channel, device, leafIndex, statement, seq }: NewLeaving): Promise<void> {
    await transaction.query(END_MEMBERSHIP, [channel, device, seq]);
    await transaction.query(FORGET_WELCOMES, [channel, device]);
    await transaction.query(ADD, [channel, device, seq, leafIndex, Buffer.from(statement)]);
  }
}
