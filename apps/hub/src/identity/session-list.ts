import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  LIMITS,
  officerOf,
  type Clock,
  type DeviceAddress,
  type LiveSession,
  type ProofMethod,
  type SessionScope,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { CLOCK } from '../ports.js';
import { proofEnds } from './devices.js';
import { SignInPolicies } from './sign-in-policies.js';

const LIST = `
  SELECT s.session, s.device, s.network, s.started_at, s.last_used_at, s.expires_at, p.method, p.proved_at
  FROM sessions s LEFT JOIN second_proofs p ON p.device = s.device AND ${proofEnds('p', '$3')} > $2
  WHERE starts_with(s.device, $1) AND s.ended_at IS NULL AND s.expires_at > $2
  ORDER BY s.started_at DESC, s.session LIMIT ${LIMITS.sessionsListed}`;

interface Row {
  readonly session: string;
  readonly device: DeviceAddress;
  readonly network: string;
  readonly started_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
  readonly method: ProofMethod | null;
  readonly proved_at: Date | null;
}

/** Who is signed in, from where and by which second proof, for those whom it concerns. */
@Injectable()
export class SessionList {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly policies: SignInPolicies,
  ) {}

  /** The newest first. All are of the caller's contact point, so that one policy says how long their proofs count. */
  async of(caller: AuthenticatedDevice, scope: SessionScope): Promise<LiveSession[]> {
    const isAll = scope === 'contact-point';
    if (isAll && !caller.duties.includes('administrator')) return [];
    const prefix = isAll ? `${caller.contactPoint}:` : `${officerOf(caller.device)}:`;
    const values = [prefix, new Date(this.clock.now()), this.policies.hoursFor(caller.device)];
    const { rows } = await this.pool.query<Row>(LIST, values);
    return rows.map((row) => viewOf(row, caller));
  }
}

function viewOf(row: Row, caller: AuthenticatedDevice): LiveSession {
  const { method, proved_at: provedAt } = row;
  return {
    id: row.session,
    device: row.device,
    startedAt: row.started_at.toISOString(),
    lastUsedAt: row.last_used_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    network: row.network,
    isThis: row.session === caller.sessionId,
    ...(method && provedAt && { proof: { method, at: provedAt.toISOString() } }),
  };
}
