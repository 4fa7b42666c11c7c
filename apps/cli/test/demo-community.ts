import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#liaison/crypto.node';
import { startHub, type TestHub } from '#liaison/testing';
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

export async function emptyHub(): Promise<DemoCommunity> {
  const ahead = { milliseconds: 0 };
  const hub = await startHub({ clock: { now: () => systemClock.now() + ahead.milliseconds } });
  const dataFolder = await mkdtemp(join(tmpdir(), 'liaison-cli-'));
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
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

export async function foundedDemo(): Promise<DemoCommunity> {
  const community = await emptyHub();
  const { exitCode, remarks } = await community.run(['demo', 'found']);
  if (exitCode === 0) return community;
  await community.end();
  throw new Error(`The founding failed: ${remarks}`);
}
