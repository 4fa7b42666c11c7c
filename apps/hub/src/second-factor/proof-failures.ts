import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { LiaisonError, timestampOf, type Clock, type DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';

/** Fingers slip: the first ones cost nothing. */
const FREE = 3;
const LOCKED_OUT = 10;
const FIRST_DELAY_MS = 30_000;

/**
 * Second proofs that a device failed since its last good one: durable, one row a device. A failure takes a link that a session of the device
 * asked for, so the device's own key: whoever merely names a device counts nothing against it.
 */
@Injectable()
export class ProofFailures {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly appender: LogAppender,
  ) {}

  /** Before a further try. @throws LiaisonError `try-again` (SFA-08) for a while that doubles, `not-allowed` (SFA-09) after ten. */
  async requireTry(device: DeviceAddress): Promise<void> {
    const { rows } = await this.pool.query<{ failures: number; last_at: Date }>(
      'SELECT failures, last_at FROM proof_failures WHERE device = $1',
      [device],
    );
    const [row] = rows;
    if (row === undefined || row.failures < FREE) return;
    if (row.failures >= LOCKED_OUT) throw lockedOut();
    const delay = FIRST_DELAY_MS * 2 ** (row.failures - FREE);
    const retryAfterMs = row.last_at.getTime() + delay - this.clock.now();
    if (retryAfterMs <= 0) return;
    const message = 'Several second proofs of this device failed. Wait before the next try.';
    throw new LiaisonError('try-again', message, { check: 'SFA-08', retryAfterMs });
  }

  /** Whoever is gets no further with the links of before. */
  async isLockedOut(device: DeviceAddress): Promise<boolean> {
    const { rowCount } = await this.pool.query('SELECT FROM proof_failures WHERE device = $1 AND failures >= $2', [
      device,
      LOCKED_OUT,
    ]);
    return rowCount === 1;
  }

  /** Not logged beyond the lock-out: links that were open at once may still fail. @param reason a code, such as `webauthn`. */
  async add(device: DeviceAddress, reason: string): Promise<void> {
    const at = timestampOf(this.clock);
    const act = (type: 'second-factor.refused' | 'second-factor.locked-out'): LogAct => ({
      ...{ type, at, actor: 'hub', subject: { device } },
      details: { reason },
    });
    await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ failures: number }>(
        `INSERT INTO proof_failures AS known (device, failures, last_at) VALUES ($1, 1, $2)
         ON CONFLICT (device) DO UPDATE SET failures = known.failures + 1, last_at = excluded.last_at RETURNING failures`,
        [device, at],
      );
      const failures = rows[0]?.failures ?? 1;
      if (failures > LOCKED_OUT) return;
      const isLast = failures === LOCKED_OUT;
      const acts = [act('second-factor.refused'), ...(isLast ? [act('second-factor.locked-out')] : [])];
      await this.appender.append(client, acts);
    });
    this.appender.committed();
  }
}

function lockedOut(): LiaisonError {
  const message =
    'Too many second proofs of this device failed. Another administrator of your contact point lets it try again: liaison admin second-factor allow.';
  return new LiaisonError('not-allowed', message, { check: 'SFA-09' });
}
