import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { ChannelDetail, ChannelId, ChannelSummary, DeliveryReport } from '#liaison/protocol';
import type * as z from 'zod';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { absent } from '../records/batch-plan.js';
import { encode } from '../records/wire-event.js';
import { ChannelAccess, summaryOf } from './channel-access.js';
import { ChannelStates } from './channel-states.js';
import { GroupStore } from './group-store.js';

type Delivery = z.infer<typeof DeliveryReport>;

/** What a device may know of its channels beside their events. */
@Injectable()
export class ChannelQueries {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly access: ChannelAccess,
    private readonly states: ChannelStates,
    private readonly groups: GroupStore,
  ) {}

  async list(caller: AuthenticatedDevice): Promise<ChannelSummary[]> {
    return (await this.access.all(caller)).map(summaryOf);
  }

  /** @throws LiaisonError `not-found` (CHN-10), also for a device that was removed. */
  async detail(caller: AuthenticatedDevice, channel: ChannelId): Promise<ChannelDetail> {
    const readable = await this.access.asMember(caller, channel);
    const state = await this.states.newest(channel);
    if (state?.members.has(caller.device) !== true) throw absent();
    const members = [...state.members.values()]
      .map(({ device, leafIndex }) => ({ leafIndex, device }))
      .sort((a, b) => a.leafIndex - b.leafIndex);
    return { ...summaryOf(readable), epoch: state.epoch, profile: state.profile, members };
  }

  /** @throws LiaisonError `not-found` (CHN-10). */
  async groupInfo(caller: AuthenticatedDevice, channel: ChannelId): Promise<{ epoch: number; groupInfo: string }> {
    await this.access.asMember(caller, channel);
    const stored = await this.groups.groupInfo(channel);
    if (stored === undefined) throw absent();
    return { epoch: stored.epoch, groupInfo: encode(stored.groupInfo) };
  }

  /** Of the members there are now. @throws LiaisonError `not-found` (CHN-10). */
  async delivery(caller: AuthenticatedDevice, channel: ChannelId): Promise<Delivery> {
    await this.access.asMember(caller, channel);
    const { rows } = await this.pool.query<{ device: Delivery['cursors'][number]['device']; seq: number; at: Date }>(
      `SELECT d.device, d.seq::float8 AS seq, d.at FROM device_cursors d
       JOIN channel_memberships m ON m.channel = d.channel AND m.device = d.device AND m.until_seq IS NULL
       WHERE d.channel = $1 ORDER BY d.device`,
      [channel],
    );
    return { cursors: rows.map(({ device, seq, at }) => ({ device, seq, at: at.toISOString() })) };
  }
}
