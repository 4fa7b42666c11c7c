import type { Pool, PoolClient } from 'pg';

/** COMMIT's answer is awaited: what this resolves with is durable. Rejects with what `work` met, not with what came of it. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isClean = true;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    isClean = await client.query('ROLLBACK').then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    // A connection that could not be rolled back may be in any state: it is closed, not given back.
    client.release(!isClean);
  }
}
