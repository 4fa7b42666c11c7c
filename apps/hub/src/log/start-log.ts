import type { Pool } from 'pg';
import type { SigningKey } from '#liaison/crypto';
import { LiaisonError } from '#liaison/protocol';
import { thresholdPolicy, verifierKey, verifyCheckpoint } from '#liaison/tlog';
import { inTransaction } from '../database/in-transaction.js';
import type { LogAppender } from './log-appender.js';

/**
 * Begins the log where there is none yet.
 * @throws LiaisonError `unavailable` where the newest checkpoint is of another origin or key: to go on would show two logs as one.
 */
export async function startLog(
  pool: Pool,
  appender: LogAppender,
  { origin, key }: { readonly origin: string; readonly key: SigningKey },
  at: string,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ size: number }>('SELECT size::float8 AS size FROM log_head FOR UPDATE');
    if (rows[0]?.size === 0) await appender.append(client, [{ type: 'log.started', at, actor: 'hub', subject: {} }]);
  });
  const { rows } = await pool.query<{ note: string }>('SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1');
  const policy = thresholdPolicy([verifierKey('log', origin, key.publicKey)], [], 0);
  if (rows[0] === undefined || verifyCheckpoint({ note: rows[0].note, policy }).outcome === 'ok') return;
  throw new LiaisonError(
    'unavailable',
    'The log in this database was signed by another key or for another origin. Restore keys/log.key, LIAISON_LOG_KEY or LIAISON_ORIGIN.',
  );
}
