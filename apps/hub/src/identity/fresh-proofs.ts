import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { LiaisonError, type Clock, type DeviceAddress } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { CLOCK } from '../ports.js';
import { SignInPolicies } from './sign-in-policies.js';

/** Whoever finds a device that has proved has to be quick. */
const FRESH_MS = 5 * 60_000;

/** Second proofs made just now: for what would outlive the proof itself. */
@Injectable()
export class FreshProofs {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly policies: SignInPolicies,
  ) {}

  /** @param slack how much older it may be, in milliseconds. */
  async has(device: DeviceAddress, slack = 0, database: Pick<Pool, 'query'> = this.pool): Promise<boolean> {
    const { rowCount } = await database.query('SELECT FROM second_proofs WHERE device = $1 AND proved_at >= $2', [
      device,
      new Date(this.clock.now() - FRESH_MS - slack),
    ]);
    return rowCount === 1;
  }

  /** Of who acts on others, where their contact point demands a second proof at all. @throws LiaisonError `second-factor-needed` (SFA-10). */
  async requireWhereDemanded(caller: AuthenticatedDevice, database?: Pick<Pool, 'query'>): Promise<void> {
    if (this.policies.ruleFor(caller) !== 'none') await this.require(caller.device, database);
  }

  /** @throws LiaisonError `second-factor-needed` (SFA-10). */
  async require(device: DeviceAddress, database?: Pick<Pool, 'query'>): Promise<void> {
    if (await this.has(device, 0, database)) return;
    const message =
      'This takes a second proof of the last five minutes, whatever holds besides. Make it with "liaison second-factor prove", then send the same again.';
    throw new LiaisonError('second-factor-needed', message, { check: 'SFA-10' });
  }
}
