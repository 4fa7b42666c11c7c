import { PASSPHRASE_COST_FOR_TESTING } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { join } from 'node:path';
import { type Clock, LiaisonError } from '#liaison/protocol';
import { runCommandLine } from '../src/command-line.js';
import { readEnvironment } from '../src/config/environment.js';
import { hubReach } from '../src/config/hub-reach.js';
import type { Host } from '../src/host.js';
import { paletteOf } from '../src/terminal/colour.js';
import { waitFor } from '../src/terminal/wait.js';

/** What a command said and how it ended. */
export interface Transcript {
  readonly exitCode: number;
  /** Standard output, line by line. */
  readonly lines: readonly string[];
  /** Standard output without the isolates around foreign text. */
  readonly text: string;
  readonly remarks: string;
  /** Standard output read as JSON. */
  readonly json: () => Record<string, unknown>;
}

export interface Surroundings {
  readonly variables?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly input?: string;
  /** What the officer types where a word is asked for. */
  readonly typed?: string;
  readonly stop?: AbortSignal;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Of a command that starts the hub's program. */
  readonly hubProgram?: string;
}

/** Runs one command in this process, as main.ts would, with a terminal that remembers. */
export async function liaison(argv: readonly string[], surroundings: Surroundings = {}): Promise<Transcript> {
  const lines: string[] = [];
  const remarks: string[] = [];
  const stop = surroundings.stop ?? new AbortController().signal;
  const environment = readEnvironment(surroundings.variables ?? {});
  const host: Host = {
    environment,
    terminal: {
      columns: surroundings.columns ?? 140,
      palette: paletteOf(false),
      line: (text = '') => void lines.push(text),
      remark: (text) => void remarks.push(text),
    },
    clock: surroundings.clock ?? systemClock,
    random: systemRandom,
    reach: hubReach(environment),
    sealing: { random: systemRandom, cost: PASSPHRASE_COST_FOR_TESTING },
    wait: (milliseconds, signal) => waitFor(milliseconds, AbortSignal.any([stop, ...(signal ? [signal] : [])])),
    stop,
    askHidden: (_question, otherwise = 'give --passphrase-file') =>
      Promise.reject(new LiaisonError('usage', `A passphrase is needed: ${otherwise}.`)),
    isAttended: surroundings.typed !== undefined,
    askLine: () =>
      surroundings.typed === undefined
        ? Promise.reject(new LiaisonError('usage', 'Nobody is here to answer.'))
        : Promise.resolve(surroundings.typed),
    readInput: () => Promise.resolve(surroundings.input ?? ''),
    exportVerifier: join(import.meta.dirname, '../assets/verify.mjs'),
    hubProgram: surroundings.hubProgram ?? '/no hub is started by this test',
  };
  const exitCode = await runCommandLine(argv, host);
  const output = lines.join('\n');
  return {
    exitCode,
    lines,
    text: output.replaceAll(/[\u2068\u2069]/g, ''),
    remarks: remarks.join('\n').replaceAll(/[\u2068\u2069]/g, ''),
    json: () => JSON.parse(output) as Record<string, unknown>,
  };
}
