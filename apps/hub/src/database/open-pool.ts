import pg from 'pg';
import { CONNECTION_OPTIONS } from './data-source.js';

/**
 * A pool whose broken connections end no process: each is replaced at the next use. One may break even after `end()` has resolved, for
 * that does not wait until PostgreSQL has closed them.
 * @param onBroken hears of idle connections; of one in use the query of whoever uses it fails.
 */
export function openPool(options: pg.PoolConfig, onBroken: (error: Error) => void = () => undefined): pg.Pool {
  const pool = new pg.Pool({ ...CONNECTION_OPTIONS, ...options });
  pool.on('error', onBroken);
  // The event beside the query's own failure would end the process too.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}
