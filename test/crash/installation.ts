import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { systemRandom } from '#liaison/crypto.node';
import { type EmbeddedPostgres, SMALL_SETTINGS, startEmbeddedPostgres } from '#liaison/embedded-postgres.node';
import { freePort, type HubProcess, spawnHub } from '#liaison/testing';

/** What is ended by SIGKILL. */
export const FAULTS = ['the hub', 'the postmaster', 'a backend', 'the hub and the postmaster'] as const;
export type Fault = (typeof FAULTS)[number];

const DATABASE = 'liaison';
const READY_PATIENCE_MS = 30_000;

/** The built hub and a PostgreSQL, each a process of its own that can be killed and comes back with its data at the same port. */
export class Installation {
  private constructor(
    private readonly folder: string,
    private readonly hubPort: number,
    private readonly databasePort: number,
    private postgres: EmbeddedPostgres,
    private hub: HubProcess,
  ) {}

  static async start(): Promise<Installation> {
    const folder = mkdtempSync(join(tmpdir(), 'liaison-crash-'));
    // PostgreSQL, which does not run as root, must pass through.
    chmodSync(folder, 0o711);
    const [hubPort, databasePort] = [await freePort(), await freePort()];
    const postgres = await startDatabase(folder, databasePort);
    try {
      const hub = await startHubOn(folder, hubPort, postgres);
      return new Installation(folder, hubPort, databasePort, postgres, hub);
    } catch (fault) {
      await postgres.stop();
      throw fault;
    }
  }

  get url(): string {
    return this.hub.url;
  }

  get databaseUrl(): string {
    return this.postgres.url(DATABASE, 'liaison_app');
  }

  /** Kills, and brings back what does not come back by itself. Resolves when the hub is ready. */
  async suffer(fault: Fault): Promise<void> {
    const hasLostHub = fault === 'the hub' || fault === 'the hub and the postmaster';
    const hasLostDatabase = fault === 'the postmaster' || fault === 'the hub and the postmaster';
    if (fault === 'a backend') await this.killBackend();
    await Promise.all([
      ...(hasLostHub ? [this.hub.kill9()] : []),
      ...(hasLostDatabase ? [this.postgres.kill9ForTesting()] : []),
    ]);
    if (hasLostDatabase) this.postgres = await startDatabase(this.folder, this.databasePort);
    if (hasLostHub) this.hub = await startHubOn(this.folder, this.hubPort, this.postgres);
    await this.untilReady();
  }

  hubOutput(): string {
    return this.hub.output();
  }

  async stop(): Promise<void> {
    await this.hub.stop();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** One that works, if there is one: PostgreSQL then ends all the others too, and recovers. Resolves when it has begun to. */
  private async killBackend(): Promise<void> {
    const admin = await this.connected();
    const ended = new Promise((resolve) => admin.once('end', resolve));
    const { rows } = await admin.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'liaison-hub'
       ORDER BY (state <> 'idle') DESC, state_change DESC LIMIT 1`,
    );
    if (rows[0] === undefined) throw new Error('The hub has no connection to the database.');
    process.kill(rows[0].pid, 'SIGKILL');
    await ended;
  }

  /** It may be recovering still from what happened before. */
  private async connected(): Promise<pg.Client> {
    const end = Date.now() + READY_PATIENCE_MS;
    for (;;) {
      const admin = new pg.Client({ connectionString: this.postgres.adminUrl });
      admin.on('error', () => undefined);
      try {
        await admin.connect();
        return admin;
      } catch (error) {
        if (Date.now() > end) throw error;
        await setTimeout(50);
      }
    }
  }

  async untilReady(): Promise<void> {
    const end = Date.now() + READY_PATIENCE_MS;
    for (;;) {
      const state = await stateOf(this.hub.url);
      if (state === 'ready') return;
      if (state === 'gone') throw new Error(`The hub ended by itself: ${this.hubOutput()}`);
      if (Date.now() > end) throw new Error(`The hub did not come back: ${this.hubOutput()}`);
      await setTimeout(50);
    }
  }
}

async function stateOf(url: string): Promise<'ready' | 'busy' | 'gone'> {
  return fetch(`${url}/ready`).then(
    ({ ok }) => (ok ? 'ready' : 'busy'),
    () => 'gone',
  );
}

function startDatabase(folder: string, port: number): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataFolder: join(folder, 'postgres'),
    port,
    random: systemRandom,
    log: () => undefined,
    settings: SMALL_SETTINGS,
    roles: ['liaison_owner', 'liaison_app'],
    databases: { [DATABASE]: 'liaison_owner' },
  });
}

function startHubOn(folder: string, port: number, postgres: EmbeddedPostgres): Promise<HubProcess> {
  return spawnHub({
    dataFolder: join(folder, 'hub'),
    port,
    environment: {
      LIAISON_DATABASE_URL: postgres.url(DATABASE, 'liaison_app'),
      LIAISON_DATABASE_OWNER_URL: postgres.url(DATABASE, 'liaison_owner'),
    },
  });
}
