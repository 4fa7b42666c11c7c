import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCommunity, CONNECTOR_FILE, foundCommunity, type HubTransport, sealConnector } from '#liaison/client';
import { cryptoReady, generateSigningKey, type SigningKey } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { ContactPointId, LiaisonError, toBase64url } from '#liaison/protocol';
import { decodeNote, encodeAddCheckpoint, logOrigin, signCheckpoint } from '#liaison/tlog';
import { folderMemory } from '../src/folder-memory.js';
import { runConnector } from '../src/run-connector.js';

const PASSPHRASE = 'only for this test';
const BG = ContactPointId.parse('bg');
const HUB = 'http://hub.example:4680';
const ORIGIN = logOrigin(HUB);

let logKey: SigningKey;
let folder: string;
let answers: (old: number) => string;
beforeAll(async () => {
  await cryptoReady();
  logKey = generateSigningKey(systemRandom);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liaison-connector-'));
  await writeFile(join(folder, 'passphrase'), `${PASSPHRASE}\n`);
  const externalSenderKey = toBase64url(generateSigningKey(systemRandom).publicKey);
  const hub = { origin: HUB, externalSenderKey, logKey: toBase64url(logKey.publicKey) };
  const founded = foundCommunity(demoCommunity(), hub, { clock: systemClock, random: systemRandom });
  const witnessSeed = founded.witnesses.get(BG)?.privateKey ?? new Uint8Array(32);
  const profile = { v: 1, contactPoint: BG, hubUrl: HUB, witnessSeed, foundingRoster: founded.roster } as const;
  const seal = { random: systemRandom, cost: { memoryKiB: 1024, passes: 1 } };
  await writeFile(join(folder, CONNECTOR_FILE), sealConnector(profile, PASSPHRASE, seal));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A log of one entry, with the hash that the test wants it to have. */
const note = (size: number, filling: number) =>
  signCheckpoint({ origin: ORIGIN, size, root: new Uint8Array(32).fill(filling), extensions: [] }, logKey);

const transport: HubTransport = {
  request: async (route, { query }) => {
    await Promise.resolve();
    return route === 'addCosignatures' ? { added: 1 } : answers(Number(query?.['old']));
  },
  openSocket: () => {
    throw new LiaisonError('unavailable', 'There is no socket.');
  },
};

async function round(...argv: string[]) {
  const lines: string[] = [];
  const exitCode = await runConnector(['witness', folder, '--passphrase-file', join(folder, 'passphrase'), ...argv], {
    clock: systemClock,
    random: systemRandom,
    transport: () => transport,
    line: (text) => void lines.push(text),
    wait: () => Promise.resolve(),
    stop: new AbortController().signal,
  });
  return { exitCode, text: lines.join('\n') };
}

async function firstSeen(): Promise<void> {
  answers = () => encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint: note(7, 1) });
  expect(await round('--once')).toEqual({ exitCode: 0, text: 'Cosigned 7 entries.' });
}

describe('a witness whose hub denies what it cosigned', () => {
  it('ends with 7, not only for this round, and keeps what it had signed', async () => {
    await firstSeen();
    answers = (old) => {
      throw new LiaisonError('malformed', `The log was never that large: ${old}.`, { check: 'LOG-22' });
    };
    const { exitCode, text } = await round();
    expect(text).toContain('ALARM. Not cosigned, the log does not hold: The hub denies that its log had 7 entries');
    expect(exitCode).toBe(7);
    const state = await folderMemory(folder).read();
    expect(state[ORIGIN]).toMatchObject({ size: 7 });
    expect(decodeNote(state[ORIGIN]?.note ?? '').text).toBe(decodeNote(note(7, 1)).text);
  });

  it('ends with 7 where the hub shows another log of that size, and keeps both notes', async () => {
    await firstSeen();
    answers = () => encodeAddCheckpoint({ oldSize: 7, proof: [], checkpoint: note(7, 2) });
    const { exitCode, text } = await round();
    expect(text).toMatch(/ALARM.*LOG-09.*Evidence is kept in the folder/);
    expect(exitCode).toBe(7);
    expect((await readdir(folder)).filter((name) => name.startsWith('evidence-'))).toHaveLength(1);
  });

  it('ends with 7 where the proof does not lead from what it cosigned to what is shown', async () => {
    await firstSeen();
    answers = () => encodeAddCheckpoint({ oldSize: 7, proof: [new Uint8Array(32)], checkpoint: note(8, 2) });
    const { exitCode, text } = await round();
    expect(text).toMatch(/ALARM.*LOG-08/);
    expect(exitCode).toBe(7);
  });

  it('goes on where the hub cannot be reached for a while', async () => {
    await firstSeen();
    answers = () => {
      throw new LiaisonError('unavailable', 'The hub cannot be reached.');
    };
    expect((await round('--once')).exitCode).toBe(5);
  });
});
