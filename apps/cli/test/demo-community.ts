import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#liaison/crypto.node';
import { startHub, startTestPostgres, type TestHub, type TestHubOptions } from '#liaison/testing';
import { liaison, type Surroundings, type Transcript } from './capture.js';

/** A real hub with the demo community founded on it, through the command line. */
export interface DemoCommunity {
  readonly hub: TestHub;
  readonly dataFolder: string;
  /** Runs a command as somebody at this hub would. */
  readonly run: (argv: readonly string[], surroundings?: Omit<Surroundings, 'variables'>) => Promise<Transcript>;
  /** The hub's clock goes ahead by as much as ten sign-ins have to wait. */
  readonly refill: () => void;
  readonly end: () => Promise<void>;
}

// The hub counts sign-ins by address, and here ten countries share one: its clock runs ahead to make up for that.
const ONE_SIGN_IN_MS = 1000;
const TEN_SIGN_INS_MS = 12_000;

const KEYS = { tokenKey: new Uint8Array(32).fill(11), externalSenderKey: new Uint8Array(32).fill(12) };

export function emptyHub(): Promise<DemoCommunity> {
  return communityAt(undefined, {});
}

/** What a founding leaves behind. */
interface Founding {
  /** A copy of the database. */
  readonly database: string;
  readonly dataFolder: string;
  readonly origin: string;
}
/** Founded once in each process that runs tests: every community after that is a copy. */
let founding: Promise<Founding> | undefined;

export async function foundedDemo(): Promise<DemoCommunity> {
  founding ??= found();
  const { database, dataFolder, origin } = await founding;
  return communityAt(dataFolder, { database: await startTestPostgres(database), configuration: { ...KEYS, origin } });
}

async function found(): Promise<Founding> {
  const database = await startTestPostgres();
  const { hub, dataFolder, run } = await communityAt(undefined, { database, configuration: KEYS });
  const { exitCode, remarks } = await run(['demo', 'found']);
  await hub.stop();
  if (exitCode !== 0) throw new Error(`The founding failed: ${remarks}`);
  const copy = await database.copy();
  await database.stop();
  return { database: copy, dataFolder, origin: hub.url };
}

/** @param folder what the data folder begins with. Default: nothing. */
async function communityAt(folder: string | undefined, options: TestHubOptions): Promise<DemoCommunity> {
  // After the founding, whose clock ran ahead.
  const ahead = { milliseconds: folder === undefined ? 0 : TEN_SIGN_INS_MS };
  const hub = await startHub({ ...options, clock: { now: () => systemClock.now() + ahead.milliseconds } });
  const dataFolder = await mkdtemp(join(tmpdir(), 'liaison-cli-'));
  if (folder !== undefined) await cp(folder, dataFolder, { recursive: true });
  const variables = { LIAISON_DATA: dataFolder, LIAISON_HUB: hub.url };
  return {
    hub,
    dataFolder,
    run: (argv, surroundings) => {
      ahead.milliseconds += argv.includes('demo') ? TEN_SIGN_INS_MS : ONE_SIGN_IN_MS;
      return liaison(argv, { ...surroundings, variables });
    },
    refill: () => {
      ahead.milliseconds += TEN_SIGN_INS_MS;
    },
    end: async () => {
      await hub.stop();
      await options.database?.stop();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}
