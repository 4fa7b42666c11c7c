import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../../../apps/hub/src/database/migrate.js';
import { testCluster, type ClusterUrls } from './postgres-cluster.js';

/** A migrated database of its own on a real PostgreSQL. */
export interface TestPostgres {
  /** As liaison_app, as liaison_owner, and as superuser. */
  readonly appUrl: string;
  readonly ownerUrl: string;
  readonly adminUrl: string;
  /** A copy, as a dump would hold it: nobody may be connected. @returns its name. */
  copy(): Promise<string>;
  /** Puts a copy in the place of the database. */
  become(copy: string): Promise<void>;
  /** Drops the database, and stops the cluster where it is not shared. */
  stop(): Promise<void>;
}

const MIGRATIONS_FOLDER = join(import.meta.dirname, '../../../migrations');
/** Any number but that of the hub's own lock. */
const TEMPLATE_LOCK = 4_680_002;
let made = 0;

/**
 * A database of its own.
 * @param source a database to copy, to which nobody may be connected. Default: one that was migrated once in this run.
 */
export async function startTestPostgres(source?: string): Promise<TestPostgres> {
  const cluster = await testCluster();
  made += 1;
  const database = `test_${process.pid}_${Date.now()}_${made}`;
  await asAdmin(cluster.urls, async (admin) => {
    await copyDatabase(admin, source ?? (await ensureTemplate(admin, cluster.urls)), database);
  });
  return {
    appUrl: inDatabase(cluster.urls.app, database),
    ownerUrl: inDatabase(cluster.urls.owner, database),
    adminUrl: inDatabase(cluster.urls.admin, database),
    copy: async () => {
      const copy = `${database}_copy`;
      await asAdmin(cluster.urls, (admin) => copyDatabase(admin, database, copy));
      return copy;
    },
    become: async (copy) => {
      await asAdmin(cluster.urls, async (admin) => {
        await dropDatabase(admin, database);
        await copyDatabase(admin, copy, database);
        await dropDatabase(admin, copy);
      });
    },
    stop: async () => {
      await asAdmin(cluster.urls, (admin) => dropDatabase(admin, database));
      await cluster.stop();
    },
  };
}

/** A pool says that it has ended before its connections have: to cut one off then is an error that nobody listens for. */
async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  const connected = async () =>
    (await admin.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name])).rowCount ?? 0;
  for (let tries = 0; tries < 20 && (await connected()) > 0; tries += 1) await setTimeout(50);
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
}

async function copyDatabase(admin: pg.Client, from: string, to: string): Promise<void> {
  await admin.query(`CREATE DATABASE ${to} TEMPLATE ${from} OWNER liaison_owner`);
  // A copy does not carry over who may connect.
  await admin.query(`REVOKE ALL ON DATABASE ${to} FROM PUBLIC; GRANT CONNECT ON DATABASE ${to} TO liaison_app`);
}

/** Made aside and renamed, so that no copy is taken of one that is half migrated. */
async function ensureTemplate(admin: pg.Client, urls: ClusterUrls): Promise<string> {
  const template = `template_${migrationsHash()}`;
  await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 1) return template;
    const draft = `${template}_draft`;
    await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${draft} OWNER liaison_owner`);
    await migrate(inDatabase(urls.owner, draft));
    await admin.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
    return template;
  } finally {
    await admin.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(MIGRATIONS_FOLDER).sort()) hash.update(readFileSync(join(MIGRATIONS_FOLDER, file)));
  return hash.digest('hex').slice(0, 16);
}

async function asAdmin<T>(urls: ClusterUrls, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: urls.admin });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function inDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
