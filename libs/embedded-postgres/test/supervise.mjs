/** A supervisor of its own process, for tests that kill it. Prints one line of JSON when PostgreSQL is ready, stops on SIGTERM, and just ends on SIGHUP. */
import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres, SMALL_SETTINGS } from '#liaison/embedded-postgres.node';

const dataFolder = process.argv[2];
try {
  const started = performance.now();
  const database = await startEmbeddedPostgres({
    dataFolder,
    random: { bytes: (length) => randomBytes(length) },
    log: () => undefined,
    settings: SMALL_SETTINGS,
  });
  process.once('SIGTERM', () => void database.stop());
  process.once('SIGHUP', () => process.exit());
  const milliseconds = Math.round(performance.now() - started);
  process.stdout.write(`${JSON.stringify({ pid: database.pid, adminUrl: database.adminUrl, milliseconds })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ code: error.code, message: error.message })}\n`);
  process.exitCode = 1;
}
