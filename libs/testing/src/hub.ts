import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import type { Clock, RandomSource } from '#liaison/protocol';
import type { Configuration } from '../../../apps/hub/src/config/configuration.js';
import { startHub as startProductHub } from '../../../apps/hub/src/hub.js';
import { HubLog } from '../../../apps/hub/src/observability/hub-log.js';
import { freePort } from './free-port.js';
import { startTestPostgres, type TestPostgres } from './postgres.js';

export interface TestHubOptions {
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** Default: one of its own, dropped at the stop. One that is given stays. */
  readonly database?: TestPostgres;
  readonly configuration?: Partial<Configuration>;
}

export interface TestHub {
  /** Where it listens; also its origin, unless another was configured. */
  readonly url: string;
  readonly configuration: Configuration;
  readonly database: TestPostgres;
  /** Every line that it logged, at level trace. */
  readonly logLines: readonly string[];
  stop(): Promise<void>;
}

const LOG_KEY = new Uint8Array(32).fill(7);

/** The real hub in this process: its own listener on a free loopback port, real sockets, real PostgreSQL. */
export async function startHub(options: TestHubOptions = {}): Promise<TestHub> {
  const database = options.database ?? (await startTestPostgres());
  const dataFolder = mkdtempSync(join(tmpdir(), 'liaison-hub-'));
  const logLines: string[] = [];
  const clock = options.clock ?? systemClock;
  const log = new HubLog('trace', clock, { write: (line) => void logLines.push(line) });
  const port = options.configuration?.port ?? (await freePort());
  const configuration: Configuration = {
    host: '127.0.0.1',
    port,
    origin: `http://127.0.0.1:${port}`,
    dataFolder,
    databaseUrl: database.appUrl,
    // One for all: hub processes on one database have one log.
    logKey: LOG_KEY,
    logLevel: 'trace',
    trustedProxies: 0,
    handshakes: 'bounded',
    ...options.configuration,
  };
  const cleanUp = async (): Promise<void> => {
    rmSync(dataFolder, { recursive: true, force: true });
    if (options.database === undefined) await database.stop();
  };
  try {
    const hub = await startProductHub({ clock, random: options.random ?? systemRandom, configuration, log });
    const stop = async (): Promise<void> => {
      await hub.stop();
      await cleanUp();
    };
    return { url: hub.url, configuration, database, logLines, stop };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
