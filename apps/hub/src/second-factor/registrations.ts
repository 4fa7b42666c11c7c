import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { officerOf, timestampOf, type Clock, type DeviceAddress, type OfficerAddress } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { SessionEnding } from '../identity/session-ending.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';

/** After a device signed in for the first time, or an administrator allowed it: in time a first credential may be registered. */
const WINDOW_MS = 24 * 60 * 60 * 1000;

/** Who may register a first credential, for there is none yet to prove with. */
@Injectable()
export class Registrations {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly ending: SessionEnding,
    private readonly appender: LogAppender,
  ) {}

  async areOpenFor(device: DeviceAddress): Promise<boolean> {
    const now = this.clock.now();
    const { rows } = await this.pool.query<{ is_open: boolean }>(
      `SELECT EXISTS (SELECT FROM devices WHERE device = $1 AND first_seen_at > $3)
         OR EXISTS (SELECT FROM registration_allowances WHERE officer = $2 AND until > $4) AS is_open`,
      [device, officerOf(device), new Date(now - WINDOW_MS), new Date(now)],
    );
    return rows[0]?.is_open === true;
  }

  /** Refuses SFA-05: no administrator, or not for another officer of the contact point who has signed in. */
  async allow(
    caller: AuthenticatedDevice,
    { officer, reset }: { readonly officer: OfficerAddress; readonly reset: boolean },
  ): Promise<{ until: string } | { refused: string }> {
    const { device, contactPoint, duties } = caller;
    const mayAllow = duties.includes('administrator') && officer.startsWith(`${contactPoint}:`);
    if (!mayAllow || officerOf(device) === officer) return { refused: 'SFA-05' };
    const until = new Date(this.clock.now() + WINDOW_MS);
    const ended = await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ device: DeviceAddress }>(
        'SELECT device FROM devices WHERE starts_with(device, $1) ORDER BY device',
        [`${officer}:`],
      );
      if (rows.length === 0) return undefined;
      await client.query('DELETE FROM proof_failures WHERE starts_with(device, $1)', [`${officer}:`]);
      if (reset) await client.query('DELETE FROM webauthn_credentials WHERE officer = $1', [officer]);
      const sessions = reset ? await this.ending.all(client, caller, officer) : [];
      await client.query(
        `INSERT INTO registration_allowances (officer, until) VALUES ($1, $2)
         ON CONFLICT (officer) DO UPDATE SET until = excluded.until`,
        [officer, until],
      );
      const type = reset ? 'second-factor.reset' : 'second-factor.allowed';
      const at = timestampOf(this.clock);
      const acts = rows.map(
        (row) => ({ type, at, actor: device, subject: { device: row.device, contactPoint } }) as const,
      );
      await this.appender.append(client, acts);
      return sessions;
    });
    if (ended === undefined) return { refused: 'SFA-05' };
    this.appender.committed();
    this.ending.committed(ended);
    return { until: until.toISOString() };
  }
}
