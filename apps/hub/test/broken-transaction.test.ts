import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { LogAppender } from '../src/log/log-appender.js';
import { KeyPackages } from '../src/key-packages/key-packages.js';
import { startTestDatabase, type TestDatabase } from './channels-database.js';
import { testDevice } from './fabricated-records.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const { proof } = testDevice('bg:petrova:desk-1');

/** Ends the connection that waits for a lock, as a restarting database would. */
async function endWaiting(pool: Pool): Promise<void> {
  const WAITING = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND usename = current_user AND datname = current_database()`;
  for (;;) {
    const { rowCount } = await pool.query(WAITING);
    if (rowCount !== 0) return;
  }
}

function keyPackages(pool: Pool): KeyPackages {
  return new KeyPackages(pool, systemClock, new LogAppender(pool, systemRandom));
}

describe('a connection that breaks within a transaction', () => {
  it('is told of as what it is, and leaves no trace in the pool', async () => {
    const pool = database.anotherPool();
    pool.on('connect', (client) => client.on('error', () => undefined));
    const holder = await database.pool.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE key_packages');
    const adding = keyPackages(pool).add(proof, []);
    const [outcome] = await Promise.allSettled([adding, endWaiting(database.pool)]);
    await holder.query('ROLLBACK');
    holder.release();
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: '57P01' } });
    expect(await keyPackages(pool).add(proof, [])).toEqual({ oneTime: 0, lastResort: false });
  });
});
