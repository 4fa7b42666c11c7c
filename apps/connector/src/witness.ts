import { join } from 'node:path';
import { CONNECTOR_FILE, openConnector, type WitnessRound, WitnessRounds, witnessOf } from '#liaison/client';
import { DiskLock, readIfPresent } from '#liaison/client.node';
import { LiaisonError } from '#liaison/protocol';
import { EXIT, isPassing } from './exit-codes.js';
import { folderMemory } from './folder-memory.js';
import type { ConnectorHost } from './host.js';
import type { ConnectorOptions } from './options.js';
import { passphraseIn } from './passphrase-in.js';
import { authoritiesIn } from './hub-authorities.js';

/** Two connectors on one folder would each sign what the other has not seen: the second waits, then gives up. @returns the exit code. */
export async function witness(options: ConnectorOptions, host: ConnectorHost): Promise<number> {
  const sealed = await readIfPresent(join(options.folder, CONNECTOR_FILE));
  if (sealed === undefined) throw new LiaisonError('usage', `There is no ${CONNECTOR_FILE} in ${options.folder}.`);
  const profile = openConnector(sealed, await passphraseIn(options.passphraseFile));
  const hubUrl = options.hubUrl ?? profile.hubUrl;
  const rounds = new WitnessRounds(witnessOf(profile), {
    transport: host.transport(hubUrl, await authoritiesIn(options.hubAuthorities, hubUrl)),
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
    if (!isPassing(error)) throw error;
    host.line(error.message);
    return EXIT.unreachable;
  }
}

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
