import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CONNECTOR_FILE,
  type ConnectorProfile,
  demoCommunity,
  foundCommunity,
  type FoundedCommunity,
  sealConnector,
} from '#liaison/client';
import { reachHub } from '#liaison/client.node';
import { cryptoReady, generateSigningKey } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { ContactPointId, LiaisonError, toBase64url } from '#liaison/protocol';
import { folderMemory } from '../src/folder-memory.js';
import { runConnector } from '../src/run-connector.js';

const PASSPHRASE = 'only for this test';
const BG = ContactPointId.parse('bg');

let founded: FoundedCommunity;
let folder: string;
beforeAll(async () => {
  await cryptoReady();
  const key = () => toBase64url(generateSigningKey(systemRandom).publicKey);
  const hub = { origin: 'http://127.0.0.1:9', externalSenderKey: key(), logKey: key() };
  founded = foundCommunity(demoCommunity(), hub, { clock: systemClock, random: systemRandom });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liaison-connector-'));
  await writeFile(join(folder, 'passphrase'), `${PASSPHRASE}\n`);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeProfile(change: Partial<ConnectorProfile> = {}): Promise<void> {
  const witnessSeed = founded.witnesses.get(BG)?.privateKey ?? new Uint8Array(32);
  const profile = {
    v: 1,
    contactPoint: BG,
    hubUrl: 'http://127.0.0.1:9',
    witnessSeed,
    foundingRoster: founded.roster,
  } as const;
  const seal = { random: systemRandom, cost: { memoryKiB: 1024, passes: 1 } };
  await writeFile(join(folder, CONNECTOR_FILE), sealConnector({ ...profile, ...change }, PASSPHRASE, seal));
}

async function run(...argv: string[]) {
  const lines: string[] = [];
  const exitCode = await runConnector(argv, {
    clock: systemClock,
    random: systemRandom,
    transport: reachHub,
    line: (text) => void lines.push(text),
    wait: () => Promise.resolve(),
    stop: new AbortController().signal,
  });
  return { exitCode, text: lines.join('\n') };
}

const witness = () => run('witness', folder, '--once', '--passphrase-file', join(folder, 'passphrase'));

describe('the connector', () => {
  it('teaches with --help', async () => {
    const { exitCode, text } = await run('--help');
    expect(exitCode).toBe(0);
    expect(text).toContain('connector witness <folder>');
  });

  it.each([[['gossip']], [['witness']], [['witness', 'x', '--every', 'often']], [['witness', 'x', '--loud']]])(
    'refuses %j as a misuse, with 2',
    async (argv) => {
      expect((await run(...argv)).exitCode).toBe(2);
    },
  );

  it('says that the hub cannot be reached, and ends with 5', async () => {
    await writeProfile();
    expect(await witness()).toMatchObject({ exitCode: 5, text: expect.stringContaining('cannot be reached') });
  });

  it('does not start with a key that the roster does not give its contact point: CLI-61', async () => {
    await writeProfile({ witnessSeed: generateSigningKey(systemRandom).privateKey });
    expect(await witness()).toMatchObject({ exitCode: 2, text: expect.stringContaining('another witness key') });
  });
});

describe('the memory of a witness', () => {
  it('begins empty, and is what was written last', async () => {
    const memory = folderMemory(folder);
    expect(await memory.read()).toEqual({});
    const state = { 'hub.example/v1/log': { size: 3, root: toBase64url(new Uint8Array(32)), note: 'a note' } };
    await memory.write(state);
    expect(await folderMemory(folder).read()).toEqual(state);
  });

  it('that is damaged is not taken for an empty one: CLI-62', async () => {
    await writeFile(join(folder, 'witness-state.json'), '{"hub.example');
    const failure = await folderMemory(folder)
      .read()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LiaisonError);
    expect(failure).toMatchObject({ code: 'malformed', details: { check: 'CLI-62' } });
  });
});
