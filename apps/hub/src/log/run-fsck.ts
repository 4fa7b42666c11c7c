import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { cryptoReady } from '#liaison/crypto';
import { urlOfRunningPostgres } from '#liaison/embedded-postgres.node';
import { decodeUntrustedRoster, fromBase64url, LiaisonError, type RandomSource } from '#liaison/protocol';
import {
  decodeWitnessPolicy,
  logOrigin,
  rosterWitnesses,
  thresholdPolicy,
  verifierKey,
  type WitnessPolicy,
} from '#liaison/tlog';
import type { Configuration } from '../config/configuration.js';
import { DATABASE, embeddedCluster, openDatabase } from '../database/open-database.js';
import { openPool } from '../database/open-pool.js';
import { APP_ROLE } from '../database/roles.js';
import { requireCurrentSchema } from '../database/schema-check.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import type { HubLog } from '../observability/hub-log.js';
import { checkLog, type LogCheck, type OnProgress } from './fsck.js';

export interface FsckPorts {
  readonly configuration: Configuration;
  readonly random: RandomSource;
  readonly log: HubLog;
  readonly onProgress: OnProgress;
}

/** With whose keys the checkpoints were held against: `roster` of this very database, or a policy from elsewhere. */
export type FsckReport = LogCheck & { readonly keys: 'roster' | 'policy' };

/**
 * Checks the log in the database that the configuration names, as it stands: the hub may be at work on it. An embedded PostgreSQL that
 * is not running is started for as long as it takes.
 * @param policyPath a C2SP tlog-policy file.
 * @throws LiaisonError `unavailable` where there is no database, or of another version; `not-found` where it holds no roster.
 */
export async function runFsck(policyPath: string | undefined, ports: FsckPorts): Promise<FsckReport> {
  await cryptoReady();
  const shutdown = new Shutdown((stage, fault) => {
    ports.log.error('A step of the end failed.', fault, { stage });
  });
  try {
    const pool = openPool({
      connectionString: await databaseUrl(ports, shutdown),
      max: 1,
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
    });
    shutdown.at('close-pools', () => pool.end());
    await requireCurrentSchema(pool);
    const policy = policyPath === undefined ? await rosterPolicy(pool) : policyFile(policyPath);
    const check = await checkLog(pool, policy, ports.onProgress);
    return { ...check, keys: policyPath === undefined ? 'roster' : 'policy' };
  } finally {
    await shutdown.run();
  }
}

/** The one that is configured, the embedded one as a running hub has it, or the embedded one started for this. */
export async function databaseUrl(
  { configuration, random, log }: Omit<FsckPorts, 'onProgress'>,
  shutdown: Shutdown,
): Promise<string> {
  if (configuration.databaseUrl !== undefined) return configuration.databaseUrl;
  const cluster = embeddedCluster(configuration);
  const running = urlOfRunningPostgres(cluster, DATABASE, APP_ROLE);
  if (running === 'absent') {
    throw new LiaisonError('not-found', `There is no database in ${join(configuration.dataFolder, 'postgres')}.`);
  }
  if (running !== 'stopped') return running;
  return (await openDatabase(configuration, random, { log, shutdown })).urls.app;
}

function policyFile(path: string): WitnessPolicy {
  try {
    return decodeWitnessPolicy(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof LiaisonError) throw cause;
    throw new LiaisonError('usage', `The witness policy ${path} cannot be read.`, { cause });
  }
}

async function rosterPolicy(pool: pg.Pool): Promise<WitnessPolicy> {
  const { rows } = await pool.query<{ roster: string }>('SELECT roster FROM rosters ORDER BY version DESC LIMIT 1');
  const roster = rows[0] && decodeUntrustedRoster(rows[0].roster);
  const { origin, logKey, formerLogKeys = [] } = roster?.hub ?? {};
  if (roster === undefined || origin === undefined || logKey === undefined) {
    throw new LiaisonError('not-found', 'This database has no roster that names a log key. Give --policy.');
  }
  const keys = [logKey, ...formerLogKeys].map((key) => verifierKey('log', logOrigin(origin), fromBase64url(key)));
  return thresholdPolicy(keys, rosterWitnesses(roster), 0);
}
