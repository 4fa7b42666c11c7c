import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { ChannelId } from '#liaison/protocol';
import { concerns, type LogEntry, type LogViewer, type Membership } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess } from '../channels/channel-access.js';
import { PG_POOL } from '../database/tokens.js';
import { grantedStretches } from '../history/granted-places.js';
import type { StoredEntry } from './log-store.js';

const CONTACT_POINT_MEMBERSHIPS = `
  SELECT channel, from_seq::float8 AS "from", until_seq::float8 AS until FROM channel_memberships
  WHERE split_part(device, ':', 1) = $1`;

/** Who asks, as libs/tlog decides by. */
@Injectable()
export class LogViewers {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly access: ChannelAccess,
  ) {}

  async of(caller: AuthenticatedDevice): Promise<LogViewer> {
    const channels = await this.access.all(caller);
    const whileMember = channels.flatMap(({ channel, intervals }) => intervals.map((each) => ({ channel, ...each })));
    const memberships = [...whileMember, ...(await grantedStretches(this.pool, caller.device))];
    const { device, duties } = caller;
    return { device, duties, memberships, contactPointMemberships: await this.ofContactPoint(caller) };
  }

  /** Asked for an auditor alone: nobody else reads by it. */
  private async ofContactPoint({ duties, contactPoint }: AuthenticatedDevice): Promise<Membership[]> {
    if (!duties.includes('auditor')) return [];
    const { rows } = await this.pool.query<{ channel: ChannelId; from: number; until: number | null }>(
      CONTACT_POINT_MEMBERSHIPS,
      [contactPoint],
    );
    return rows.map(({ channel, from, until }) => ({ channel, from, ...(until === null ? {} : { until }) }));
  }
}

/** What the hub has written itself needs no second look at its form. */
export function readEntry({ entry }: StoredEntry): LogEntry {
  return JSON.parse(entry) as LogEntry;
}

export function isShownTo(viewer: LogViewer, stored: StoredEntry): boolean {
  return concerns(readEntry(stored), viewer);
}
