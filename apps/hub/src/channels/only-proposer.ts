import type { Pool } from 'pg';

/** One hub process proposes at a time: a leaf that was proposed twice in an epoch would undo the whole batch. */
const PROPOSER_LOCK = 4_680_002;

/** Runs the task while no other hub process proposes anything. */
export async function asOnlyProposer<T>(pool: Pick<Pool, 'connect'>, task: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PROPOSER_LOCK]);
    const done = await task();
    await client.query('SELECT pg_advisory_unlock($1)', [PROPOSER_LOCK]);
    client.release();
    return done;
  } catch (error) {
    // With the connection goes its lock.
    client.release(true);
    throw error;
  }
}
