import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CONNECTOR_FILE,
  type HubTransport,
  openConnector,
  type WitnessRound,
  WitnessRounds,
  witnessOf,
} from '#liaison/client';
import { DiskLock, readIfPresent } from '#liaison/client.node';
import { cryptoReady } from '#liaison/crypto';
import { type Clock, LiaisonError } from '#liaison/protocol';
import { folderMemory } from './folder-memory.js';
import { type ConnectorOptions, HELP, readOptions } from './options.js';

/** What the process lends to the connector. */
export interface ConnectorHost {
  readonly clock: Clock;
  readonly transport: (hubUrl: string) => HubTransport;
  /** One line, for people and logs. */
  readonly line: (text: string) => void;
  /** Waits, or until `stop` is aborted. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly stop: AbortSignal;
}

const EXIT = { done: 0, fault: 1, usage: 2, unreachable: 5, alarm: 7 } as const;

/** Runs until it is stopped, or the log does not hold. @returns the exit code; never throws. */
export async function runConnector(argv: readonly string[], host: ConnectorHost): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options === undefined) {
      host.line(HELP);
      return EXIT.done;
    }
    return await witness(options, host);
  } catch (error) {
    host.line(error instanceof Error ? error.message : String(error));
    return error instanceof LiaisonError ? exitOf(error) : EXIT.fault;
  }
}

/** Two connectors on one folder would each sign what the other has not seen: the second waits, then gives up. */
async function witness(options: ConnectorOptions, host: ConnectorHost): Promise<number> {
  await cryptoReady();
  const sealed = await readIfPresent(join(options.folder, CONNECTOR_FILE));
  if (sealed === undefined) throw new LiaisonError('usage', `There is no ${CONNECTOR_FILE} in ${options.folder}.`);
  const profile = openConnector(sealed, await passphraseIn(options.passphraseFile));
  const rounds = new WitnessRounds(witnessOf(profile), {
    transport: host.transport(options.hubUrl ?? profile.hubUrl),
    memory: folderMemory(options.folder),
    clock: host.clock,
  });
  const lock = new DiskLock(options.folder);
  await lock.acquire(LOCK_WAIT_MS);
  try {
    return await goRound(rounds, options, host);
  } finally {
    await lock.release();
  }
}

const LOCK_WAIT_MS = 5_000;

async function goRound(rounds: WitnessRounds, options: ConnectorOptions, host: ConnectorHost): Promise<number> {
  for (;;) {
    const code = await oneRound(rounds, options, host);
    if (code === EXIT.alarm || options.once) return code;
    await host.wait(options.every * 1000);
    if (host.stop.aborted) return EXIT.done;
  }
}

async function oneRound(rounds: WitnessRounds, options: ConnectorOptions, host: ConnectorHost): Promise<number> {
  try {
    const round = await rounds.round();
    const text = roundText(round);
    if (text !== undefined || options.once) host.line(text ?? 'Nothing new to witness.');
    return round.outcome === 'refused' ? EXIT.alarm : EXIT.done;
  } catch (error) {
    if (!(error instanceof LiaisonError) || !PASSING.has(error.code)) throw error;
    host.line(error.message);
    return EXIT.unreachable;
  }
}

const PASSING = new Set(['unavailable', 'try-again', 'internal', 'not-found']);

function roundText(round: WitnessRound): string | undefined {
  switch (round.outcome) {
    case 'cosigned':
      return `Cosigned ${round.size} entries${round.accepted ? '' : ', which the hub had already'}.`;
    case 'nothing-new':
      return undefined;
    case 'refused':
      return `ALARM. Not cosigned, the log does not hold: ${round.message}${round.alarm ? ' Evidence is kept in the folder.' : ''}`;
  }
}

async function passphraseIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new LiaisonError('usage', `The passphrase file ${path} cannot be read.`, { cause });
  }
}

function exitOf({ code }: LiaisonError): number {
  if (code === 'integrity' || code === 'bad-signature') return EXIT.alarm;
  return code === 'try-again' ? EXIT.unreachable : EXIT.usage;
}
