import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { officerOf, timestampOf, type Clock, type DeviceAddress, type ProofMethod } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { proofEnds } from '../identity/devices.js';
import { waitForOfficer } from '../identity/officer-turn.js';
import { SignInPolicies } from '../identity/sign-in-policies.js';
import { StoredSessions } from '../identity/stored-sessions.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import type { OpenTicket } from './proof-tickets.js';

const HOUR_MS = 60 * 60 * 1000;

export interface Proof {
  readonly method: ProofMethod;
  readonly at: string;
  readonly until: string;
}

/** `wrong`: it does not verify; `not-allowed`: it may not be made; `over`: the session is. */
type NoProof = 'wrong' | 'not-allowed' | 'over';

/** Second proofs, one for each device: what was proved last counts. */
@Injectable()
export class Proofs {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly policies: SignInPolicies,
    private readonly sessions: StoredSessions,
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

  /** @param also what else is to be durable with it, and its entries of the log, or why it is no proof: asked when it is the officer's turn. */
  async add(
    { device, session }: Pick<OpenTicket, 'device' | 'session'>,
    method: ProofMethod,
    also: (transaction: PoolClient) => Promise<LogAct[] | NoProof>,
  ): Promise<'proved' | NoProof> {
    const now = this.clock.now();
    const end = await inTransaction(this.pool, async (client) => {
      await waitForOfficer(client, officerOf(device));
      if (!(await this.sessions.goesOn(client, { session, device }))) return 'over';
      const acts = await also(client);
      if (typeof acts === 'string') return acts;
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
      return 'proved';
    });
    if (end === 'proved') this.appender.committed();
    return end;
  }
}
