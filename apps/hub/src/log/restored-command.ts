import pg from 'pg';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { LiaisonError, type LogRestoration, timestampOf, toBase64url } from '#liaison/protocol';
import { decodeNote, decodeUntrustedCheckpoint } from '#liaison/tlog';
import type { Configuration } from '../config/configuration.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { HubLog } from '../observability/hub-log.js';
import { databaseUrl } from './run-fsck.js';

/**
 * `main.js restored`, after a backup was put back: where the log goes on, as `liaison-restored` of docs/spec/ceremony.md, for
 * `liaison ceremony revise --restored`. @returns the exit code.
 */
export async function restored(configuration: Configuration): Promise<number> {
  const log = new HubLog('warn', systemClock, process.stderr);
  const shutdown = new Shutdown((stage, fault) => {
    log.error('A step of the end failed.', fault, { stage });
  });
  try {
    const url = await databaseUrl({ configuration, random: systemRandom, log }, shutdown);
    const restoration = await newestOf(url, timestampOf(systemClock));
    process.stdout.write(`${JSON.stringify({ type: 'liaison-restored', v: 1, ...restoration })}\n`);
    return 0;
  } finally {
    await shutdown.run();
  }
}

/** The newest checkpoint of the database. @throws LiaisonError `not-found` where it has none. */
export async function newestOf(databaseUrl: string, at: string): Promise<LogRestoration> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ note: string }>(
      'SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1',
    );
    if (rows[0] === undefined) throw new LiaisonError('not-found', 'This database has no checkpoint of a log.');
    const { size, root } = decodeUntrustedCheckpoint(decodeNote(rows[0].note).text);
    return { size, root: toBase64url(root), at };
  } finally {
    await client.end();
  }
}
