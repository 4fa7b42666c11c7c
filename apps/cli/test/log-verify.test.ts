import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTlogProof } from '#liaison/tlog';
import type { ReceiptProof } from '#liaison/protocol';
import { liaison } from './capture.js';

const VECTORS = join(import.meta.dirname, '../../../vectors/tlog');
const POLICY = join(VECTORS, 'policy.txt');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liaison-log-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const verify = (...argv: string[]) => liaison(['log', 'verify', ...argv, '--json']);

/** The golden log with one file changed. */
async function changedLog(path: string, change: (bytes: Buffer) => Buffer): Promise<string> {
  const copy = await mkdtemp(join(folder, 'log-'));
  await cp(join(VECTORS, 'log'), copy, { recursive: true });
  await writeFile(join(copy, path), change(await readFile(join(copy, path))));
  return copy;
}

function flipped(bytes: Buffer, place: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[place]! ^= 1;
  return changed;
}

const larger = (note: Buffer) => Buffer.from(note.toString().replace('\n300\n', '\n301\n'));

async function goldenReceipt(): Promise<ReceiptProof> {
  const { cases } = JSON.parse(await readFile(join(VECTORS, 'receipts.json'), 'utf8')) as {
    cases: { outcome: string; proof: ReceiptProof }[];
  };
  const found = cases.find(({ outcome }) => outcome === 'ok');
  if (found === undefined) throw new Error('The vectors have no good receipt.');
  return found.proof;
}

describe('liaison log verify, a folder, without profile and network', () => {
  it('says of each question how it stands', async () => {
    const { exitCode, text } = await liaison(['log', 'verify', join(VECTORS, 'log'), '--policy', POLICY]);
    expect(text).toMatch(/^signature +holds +300 entries, signed by the log hub\.example:8443\/v1\/log\.$/m);
    expect(text).toMatch(/^witnesses +holds +black-sea-pilot\/witness\/bg, black-sea-pilot\/witness\/hu cosigned 300/m);
    expect(text).toMatch(/^growth +not asked /m);
    expect(text).toMatch(/^tiles +holds +All tiles add up to the checkpoint; 300 entries hashed\.$/m);
    expect(text).toMatch(/^This log holds\.$/m);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['an entry is changed', 'tile/entries/000', (bytes: Buffer) => flipped(bytes, 40), 'tiles', 'LOG-19'],
    ['a tile is changed', 'tile/0/001.p/44', (bytes: Buffer) => flipped(bytes, 3), 'tiles', 'LOG-19'],
    ['a tile is cut', 'tile/0/000', (bytes: Buffer) => bytes.subarray(1), 'tiles', 'LOG-14'],
    ['the checkpoint is changed', 'checkpoint', larger, 'signature', 'LOG-04'],
  ])('fails with 7 where %s', async (_what, path, change, question, check) => {
    const { exitCode, json } = await verify(await changedLog(path, change), '--policy', POLICY);
    expect(json()['verdicts']).toContainEqual(expect.objectContaining({ question, outcome: 'fails', check }));
    expect(json()).toMatchObject({ holds: false });
    expect(exitCode).toBe(7);
  });

  it('fails where fewer witnesses cosigned than the policy asks for: LOG-06', async () => {
    const strict = join(folder, 'strict.txt');
    await writeFile(strict, (await readFile(POLICY, 'utf8')).replace('group quorum 2', 'group quorum 3'));
    const { exitCode, json } = await verify(join(VECTORS, 'log'), '--policy', strict);
    expect(json()['verdicts']).toContainEqual(expect.objectContaining({ question: 'witnesses', check: 'LOG-06' }));
    expect(exitCode).toBe(7);
  });

  it('verifies a copy that has tiles only, and says so', async () => {
    const copy = await changedLog('checkpoint', (bytes) => bytes);
    await rm(join(copy, 'tile', 'entries'), { recursive: true });
    const { exitCode, text } = await liaison(['log', 'verify', copy, '--policy', POLICY]);
    expect(text).toMatch(/^gaps +not asked This copy has no entries, only their hashes\.$/m);
    expect(exitCode).toBe(0);
  });

  it('refuses a folder without a log with 3, and a policy that is none with 2', async () => {
    expect((await verify(folder, '--policy', POLICY)).exitCode).toBe(3);
    expect((await verify(join(VECTORS, 'log'), '--policy', join(VECTORS, 'keys.json'))).exitCode).toBe(2);
  });
});

describe('liaison log verify, one receipt', () => {
  it('verifies a .tlog-proof file, and the same as JSON', async () => {
    const proof = await goldenReceipt();
    for (const [name, content] of [
      ['a.tlog-proof', encodeTlogProof(proof)],
      ['a.json', JSON.stringify(proof)],
    ] as const) {
      await writeFile(join(folder, name), content);
      const { exitCode, json } = await verify(join(folder, name), '--policy', POLICY);
      expect(json()).toMatchObject({ holds: true, index: proof.index });
      expect(exitCode).toBe(0);
    }
  });

  it('fails with 7 for a proof at another place: LOG-07', async () => {
    const proof = await goldenReceipt();
    await writeFile(join(folder, 'moved.json'), JSON.stringify({ ...proof, index: proof.index + 1 }));
    const { exitCode, json } = await verify(join(folder, 'moved.json'), '--policy', POLICY);
    expect(json()['verdicts']).toEqual([expect.objectContaining({ question: 'inclusion', check: 'LOG-07' })]);
    expect(exitCode).toBe(7);
  });
});
