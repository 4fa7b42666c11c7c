import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { ChannelId, PendingWelcome } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { encode } from '../records/wire-event.js';

interface WelcomeFields {
  readonly id: string;
  readonly channel: ChannelId;
  readonly seq: number;
  readonly epoch: number;
  readonly welcome: Buffer;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Welcomes are large and few are read at once: what one answer holds at most. The rest comes when these are ended. */
const WELCOMES_PER_ANSWER = 16;

/** Welcomes that wait until their recipient ends them. */
@Injectable()
export class Welcomes {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  /** Oldest first. */
  async waitingFor({ device }: AuthenticatedDevice): Promise<PendingWelcome[]> {
    const { rows } = await this.pool.query<WelcomeFields>(
      `SELECT w.id, w.channel, w.seq::float8 AS seq, w.epoch::float8 AS epoch, w.welcome
       FROM welcome_recipients r JOIN welcomes w ON w.id = r.welcome
       WHERE r.device = $1 ORDER BY w.id LIMIT ${WELCOMES_PER_ANSWER}`,
      [device],
    );
    return rows.map((row) => ({ ...row, welcome: encode(row.welcome) }));
  }

  async count({ device }: AuthenticatedDevice): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM welcome_recipients WHERE device = $1',
      [device],
    );
    return rows[0]?.count ?? 0;
  }

  /** Does nothing where there is no such Welcome for this device: it may have ended it before. */
  async end({ device }: AuthenticatedDevice, welcome: string): Promise<void> {
    if (!UUID.test(welcome)) return;
    const { rowCount } = await this.pool.query('DELETE FROM welcome_recipients WHERE welcome = $1 AND device = $2', [
      welcome,
      device,
    ]);
    if (rowCount === 0) return;
    await this.pool.query(
      'DELETE FROM welcomes w WHERE id = $1 AND NOT EXISTS (SELECT FROM welcome_recipients r WHERE r.welcome = w.id)',
      [welcome],
    );
  }
}
