import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  contactPointOf,
  officerOf,
  timestampOf,
  type Clock,
  type DeviceAddress,
  type RegistrationAllowance,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { FreshProofs } from '../identity/fresh-proofs.js';
import { waitForOfficer } from '../identity/officer-turn.js';
import { SessionEnding } from '../identity/session-ending.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { NAME_REGISTERING_DEVICE } from './credentials.js';

/** After a device signed in for the first time, or an administrator allowed it: in time a first credential may be registered. */
const WINDOW_MS = 24 * 60 * 60 * 1000;

/** Who may register a first credential, for there is none to prove with. An allowance is for one device, and registering uses it up. */
@Injectable()
export class Registrations {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly fresh: FreshProofs,
    private readonly ending: SessionEnding,
    private readonly appender: LogAppender,
  ) {}

  /** In the day after its first sign-in, while its officer has registered nowhere yet; then only where an administrator allows it. */
  async areOpenFor(device: DeviceAddress, database: Pick<Pool, 'query'> = this.pool): Promise<boolean> {
    const now = this.clock.now();
    const { rows } = await database.query<{ is_open: boolean }>(
      `SELECT CASE WHEN a.officer IS NULL THEN d.first_seen_at > $3 ELSE a.device = d.device AND a.until > $4 END AS is_open
       FROM devices d LEFT JOIN registration_allowances a ON a.officer = $2 WHERE d.device = $1`,
      [device, officerOf(device), new Date(now - WINDOW_MS), new Date(now)],
    );
    return rows[0]?.is_open === true;
  }

  /** Refuses SFA-05: no administrator, or not for a device of another officer of the contact point that has signed in. @throws LiaisonError `second-factor-needed` (SFA-10). */
  async allow(
    caller: AuthenticatedDevice,
    { device, reset }: RegistrationAllowance,
  ): Promise<{ until: string } | { refused: string }> {
    const { contactPoint, duties } = caller;
    const officer = officerOf(device);
    const mayAllow = duties.includes('administrator') && contactPointOf(device) === contactPoint;
    if (!mayAllow || officerOf(caller.device) === officer) return { refused: 'SFA-05' };
    await this.fresh.requireWhereDemanded(caller);
    const until = new Date(this.clock.now() + WINDOW_MS);
    const ended = await inTransaction(this.pool, async (client) => {
      await waitForOfficer(client, officer);
      const { rows } = await client.query<{ device: DeviceAddress }>(
        'SELECT device FROM devices WHERE starts_with(device, $1) ORDER BY device',
        [`${officer}:`],
      );
      const devices = rows.map((row) => row.device);
      if (!devices.includes(device)) return undefined;
      await client.query('DELETE FROM proof_failures WHERE device = $1', [device]);
      if (reset) await client.query('DELETE FROM webauthn_credentials WHERE officer = $1', [officer]);
      const sessions = reset ? await this.ending.all(client, caller, officer) : [];
      await client.query(NAME_REGISTERING_DEVICE, [officer, device, until]);
      const acts = (reset ? devices : []).map((each) => this.actOf('second-factor.reset', caller, each));
      await this.appender.append(client, [...acts, this.actOf('second-factor.allowed', caller, device)]);
      return sessions;
    });
    if (ended === undefined) return { refused: 'SFA-05' };
    this.appender.committed();
    this.ending.committed(ended);
    return { until: until.toISOString() };
  }

  private actOf(
    type: 'second-factor.reset' | 'second-factor.allowed',
    { device: actor, contactPoint }: AuthenticatedDevice,
    device: DeviceAddress,
  ): LogAct {
    return { type, at: timestampOf(this.clock), actor, subject: { device, contactPoint } };
  }
}
