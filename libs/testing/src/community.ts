import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  demoCommunity,
  type DevicePlan,
  foundCommunity,
  type FoundedCommunity,
  type HubIdentity,
  httpTransport,
  assembleSignedRoster,
  coSign,
  nextList,
  publishDueList,
  reviseRoster,
  type RosterRevision,
} from '#liaison/client';
import { cryptoReady, parseDeviceCertificate, type SigningKey, signingKeyFromSeed, verifyCrl } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  type Clock,
  decodeUntrustedRoster,
  DeviceAddress,
  fromBase64url,
  type LogRestoration,
  type Roster,
  SignedRoster,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type { Configuration } from '../../../apps/hub/src/config/configuration.js';
import { decodeLogEntry, type LogEntry } from '#liaison/tlog';
import { newestOf } from '../../../apps/hub/src/log/restored-command.js';
import { Actor } from './actor.js';
import { freePort } from './free-port.js';
import { mustCallHub } from './hub-call.js';
import { MovableClock } from './movable-clock.js';
import { startHub, type TestHub } from './hub.js';
import { startTestPostgres, type TestPostgres } from './postgres.js';

/** One desk of each contact point of the demo community, by its city. */
const CITIES = {
  sofia: 'bg',
  budapest: 'hu',
  skopje: 'mk',
  baghdad: 'iq',
  paris: 'fr',
  rome: 'it',
  sarajevo: 'ba',
  islamabad: 'pk',
  baku: 'az',
  dhaka: 'bd',
} as const;
export type City = keyof typeof CITIES;

export interface CommunityOptions {
  /** Desks that are to start and publish KeyPackages. Default: sofia, budapest, skopje, baghdad. */
  readonly cities?: readonly City[];
  /** Further devices, such as `bg:petrova:phone`. */
  readonly devices?: readonly string[];
  /** Of `devices`: those whose officers do not administer their contact point. */
  readonly withoutDuties?: readonly string[];
  /** The hub by the name of this machine, for browsers: an address is no host of a security key. Default: its address. */
  readonly host?: 'localhost';
}

export type Community = Readonly<Record<City, Actor>> & {
  readonly hub: CommunityHub;
  readonly clock: MovableClock;
  readonly founded: FoundedCommunity;
  device(address: string): Actor;
  /** Publishes a newer roster or another document that verifies itself. */
  publishRoster(roster: SignedRoster): Promise<void>;
  /** The co-chairs sign and publish the next version of the roster. */
  revises(revision: RosterRevision): Promise<void>;
  /** Their contact point's CA, on its own machine, revokes the certificates of these devices and publishes its next list. */
  revoke(...actors: readonly Actor[]): Promise<void>;
  stop(): Promise<void>;
};

/** The real hub, which can go down and come up again with the same data. */
export class CommunityHub {
  #running: TestHub | undefined;
  #configuration: Partial<Configuration> = {};

  private constructor(
    readonly url: string,
    private readonly settings: { port: number; dataFolder: string; database: TestPostgres; clock: Clock },
  ) {}

  static async start(clock: Clock, host = '127.0.0.1'): Promise<CommunityHub> {
    const port = await freePort();
    const dataFolder = mkdtempSync(join(tmpdir(), 'liaison-community-'));
    const database = await startTestPostgres();
    const url = `http://${host}:${port}`;
    const hub = new CommunityHub(url, { port, dataFolder, database, clock });
    await hub.goUp({ origin: url });
    return hub;
  }

  /** @param configuration other than it had before, such as another key; kept for the next time. */
  async goUp(configuration: Partial<Configuration> = {}): Promise<void> {
    const { port, dataFolder, database, clock } = this.settings;
    this.#configuration = { ...this.#configuration, ...configuration };
    this.#running = await startHub({ clock, database, configuration: { port, dataFolder, ...this.#configuration } });
  }

  async goDown(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async restart(configuration: Partial<Configuration> = {}): Promise<void> {
    await this.goDown();
    await this.goUp(configuration);
  }

  /** What a dump of the database holds, while the hub is down. @returns puts it back, over what came since. */
  async backUp(): Promise<() => Promise<void>> {
    const backup = await this.settings.database.copy();
    return () => this.settings.database.become(backup);
  }

  /** Where the log of the database ends, as its operator reads it. */
  newestOfLog(): Promise<LogRestoration> {
    return newestOf(this.settings.database.appUrl, new Date(this.settings.clock.now()).toISOString());
  }

  get logLines(): readonly string[] {
    return this.#running?.logLines ?? [];
  }

  /** The key with which the hub may propose removals: for a hub that misuses it. */
  get externalSenderKey(): SigningKey {
    const seed = readFileSync(join(this.settings.dataFolder, 'keys', 'external-sender.key'), 'utf8').trim();
    return signingKeyFromSeed(fromBase64url(seed));
  }

  /** The key that signs its checkpoints: for a hub that keeps two histories. */
  get logKey(): SigningKey {
    return signingKeyFromSeed(required(this.#running?.configuration.logKey, 'log key'));
  }

  /** With the rights that the hub itself has. */
  get databaseUrl(): string {
    return this.settings.database.appUrl;
  }

  /** Every row of every table as text, bytes in hexadecimal: what a thief of the database has. */
  async stolenDatabase(): Promise<string> {
    const client = new pg.Client({ connectionString: this.settings.database.adminUrl });
    await client.connect();
    try {
      const tables = await client.query<{ name: string }>(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
      );
      const rows: string[] = [];
      for (const { name } of tables.rows) {
        const { rows: found } = await client.query<{ row: string }>(`SELECT ${name}::text AS row FROM ${name}`);
        rows.push(...found.map(({ row }) => row));
      }
      return rows.join('\n');
    } finally {
      await client.end();
    }
  }

  /** The log as the hub has stored it. */
  async logEntries(): Promise<LogEntry[]> {
    const client = new pg.Client({ connectionString: this.settings.database.adminUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ entry: string }>('SELECT entry FROM log_entries ORDER BY index');
      return rows.map(({ entry }) => decodeLogEntry(utf8(entry)));
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.goDown();
    await this.settings.database.stop();
    rmSync(this.settings.dataFolder, { recursive: true, force: true });
  }
}

/** A founded community over the real hub, its desks signed in and ready to be added to channels. */
export async function startCommunity(options: CommunityOptions = {}): Promise<Community> {
  await cryptoReady();
  const clock = new MovableClock();
  const hub = await CommunityHub.start(clock, options.host);
  const founded = await found(hub, clock, options);
  const actors = new Map<string, Actor>();
  for (const [address, profile] of founded.profiles)
    actors.set(address, new Actor({ profile, clock, hubUrl: hub.url }));
  const device = (address: string): Actor => required(actors.get(DeviceAddress.parse(address)), address);
  const cities = Object.fromEntries(
    Object.entries(CITIES).map(([city, point]) => [city, deskOf(actors, point)]),
  ) as Record<City, Actor>;
  const ready = [...(options.cities ?? (['sofia', 'budapest', 'skopje', 'baghdad'] as const))].map(
    (city) => cities[city],
  );
  for (const actor of [...ready, ...(options.devices ?? []).map(device)]) await (await actor.starts()).syncs();
  const publishRoster = async (roster: SignedRoster) => {
    // The hub counts calls by address, and all desks of a test share one.
    clock.advance(60_000);
    await mustCallHub(hub.url, 'putRoster', { body: roster });
  };
  const revises = async (revision: RosterRevision) => {
    const before = SignedRoster.parse(await mustCallHub(hub.url, 'getRoster'));
    await publishRoster(revisedBy(founded, decodeUntrustedRoster(before.roster), revision, clock));
  };
  const revoke = (...revoked: readonly Actor[]) => publishRevocation(hub, founded, revoked, clock);
  const stop = async () => {
    for (const actor of ready) actor.client.disconnect();
    await hub.stop();
  };
  return { ...cities, hub, clock, founded, device, publishRoster, revises, revoke, stop };
}

async function found(
  hub: CommunityHub,
  clock: Clock,
  { devices = [], withoutDuties = [] }: CommunityOptions,
): Promise<FoundedCommunity> {
  const identity = (await mustCallHub(hub.url, 'getHub')) as HubIdentity;
  const plan = demoCommunity();
  const further: DevicePlan[] = devices.map((address) => ({
    address: DeviceAddress.parse(address),
    officerName: 'An officer',
    ...(withoutDuties.includes(address) && { duties: ['officer'] as const }),
  }));
  const ports = { clock, random: systemRandom };
  const founded = foundCommunity(
    { ...plan, devices: [...plan.devices, ...further] },
    { ...identity, url: hub.url },
    ports,
  );
  await mustCallHub(hub.url, 'putRoster', { body: founded.roster });
  const transport = httpTransport({ hubUrl: hub.url });
  for (const [contactPoint, ca] of founded.authorities) await publishDueList(transport, { contactPoint, ca }, clock);
  return founded;
}

function revisedBy(
  { coChairs }: FoundedCommunity,
  before: Roster,
  revision: RosterRevision,
  clock: Clock,
): SignedRoster {
  const draft = reviseRoster(before, revision, clock);
  return assembleSignedRoster(
    draft,
    coChairs.map(({ key }) => coSign(draft, key, before)),
    before,
  );
}

async function publishRevocation(
  hub: CommunityHub,
  founded: FoundedCommunity,
  actors: readonly Actor[],
  clock: MovableClock,
): Promise<void> {
  const contactPoint = required(actors[0]?.contactPoint, 'device to revoke');
  const ca = required(founded.authorities.get(contactPoint), contactPoint);
  clock.advance(60_000);
  const held = (await mustCallHub(hub.url, 'getRevocationList', { params: { contactPoint } })) as { crl: string };
  const last = verifyCrl({ crl: fromBase64url(held.crl), caCertificate: ca.certificate, at: clock.now() });
  const revoked = actors.map(({ profile }) => ({ serial: parseDeviceCertificate(profile.certificate).serial }));
  const crl = nextList(ca, 'crl' in last ? last.crl : undefined, revoked, clock);
  await mustCallHub(hub.url, 'putRevocationList', { params: { contactPoint }, body: { crl: toBase64url(crl) } });
}

function deskOf(actors: ReadonlyMap<string, Actor>, contactPoint: string): Actor {
  const address = [...actors.keys()].find((each) => each.startsWith(`${contactPoint}:`));
  return required(address === undefined ? undefined : actors.get(address), contactPoint);
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`This community has no ${what}.`);
  return value;
}
