import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { timestampOf, type Clock, type DeviceAddress, type ProofMethod } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { proofEnds } from '../identity/devices.js';
import { SignInPolicies } from '../identity/sign-in-policies.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';

const HOUR_MS = 60 * 60 * 1000;

export interface Proof {
  readonly method: ProofMethod;
  readonly at: string;
  readonly until: string;
}

/** Second proofs, one for each device: what was proved last counts. */
@Injectable()
export class Proofs {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly policies: SignInPolicies,
    private readonly appender: LogAppender,
  ) {}

  /** The one that holds now. */
  async of(device: DeviceAddress): Promise<Proof | undefined> {
    const { rows } = await this.pool.query<{ method: ProofMethod; proved_at: Date; until: Date }>(
      `SELECT method, proved_at, ${proofEnds('p', '$3')} AS until FROM second_proofs p
       WHERE device = $1 AND ${proofEnds('p', '$3')} > $2`,
      [device, new Date(this.clock.now()), this.policies.hoursFor(device)],
    );
    const [row] = rows;
    return row && { method: row.method, at: row.proved_at.toISOString(), until: row.until.toISOString() };
  }

  /** @param also what else is to be durable with it, and its entries of the log; undefined: it is no proof after all. @returns whether it is. */
  async add(
    device: DeviceAddress,
    method: ProofMethod,
    also: (transaction: PoolClient) => Promise<LogAct[] | undefined>,
  ): Promise<boolean> {
    const now = this.clock.now();
    const isAdded = await inTransaction(this.pool, async (client) => {
      const acts = await also(client);
      if (acts === undefined) return false;
      await client.query(
        `INSERT INTO second_proofs (device, method, proved_at, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (device) DO UPDATE SET method = excluded.method, proved_at = excluded.proved_at, until = excluded.until`,
        [device, method, new Date(now), new Date(now + this.policies.hoursFor(device) * HOUR_MS)],
      );
      await client.query('DELETE FROM proof_failures WHERE device = $1', [device]);
      const details = { method };
      const act: LogAct = {
        type: 'second-factor.proved',
        at: timestampOf(this.clock),
        actor: device,
        subject: { device },
        details,
      };
      await this.appender.append(client, [...acts, act]);
      return true;
    });
    if (isAdded) this.appender.committed();
    return isAdded;
  }
}
