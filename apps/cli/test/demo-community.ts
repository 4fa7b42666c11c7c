import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHub, type TestHub } from '#liaison/testing';
import { liaison, type Surroundings, type Transcript } from './capture.js';

/** A real hub with the demo community founded on it, through the command line. */
export interface DemoCommunity {
  readonly hub: TestHub;
  readonly dataFolder: string;
  /** Runs a command as somebody at this hub would. */
  readonly run: (argv: readonly string[], surroundings?: Omit<Surroundings, 'variables'>) => Promise<Transcript>;
  readonly end: () => Promise<void>;
}

export async function emptyHub(): Promise<DemoCommunity> {
  const hub = await startHub();
  const dataFolder = await mkdtemp(join(tmpdir(), 'liaison-cli-'));
  const variables = { LIAISON_DATA: dataFolder, LIAISON_HUB: hub.url };
  return {
    hub,
    dataFolder,
    run: (argv, surroundings) => liaison(argv, { ...surroundings, variables }),
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
