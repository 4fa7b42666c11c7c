import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { CipherSuite } from '../../libs/mls-session/src/cipher-suite.js';
import * as vectors from '../../libs/mls-session/test/rfc9420-vectors.js';

/** The MLS working group's vectors are not part of this repository; suite 3's cases are run where they are at hand. */
const FOLDER = resolve(process.env['LIAISON_VECTORS'] ?? '../shared/vectors', 'mls');
const present = existsSync(FOLDER);
if (!present)
  process.stderr.write(`MLS vectors skipped: there is no ${FOLDER}. Set LIAISON_VECTORS to their folder.\n`);

function cases(file: string): vectors.Case[] {
  const all = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as vectors.Case[];
  return all.filter((vector) => (vector['cipher_suite'] ?? 3) === 3);
}

(present ? describe : describe.skip)('RFC 9420 vectors, suite 3', () => {
  let suite: CipherSuite;

  beforeAll(async () => {
    suite = await vectors.vectorSuite();
  });

  it.each([
    ['crypto-basics.json', vectors.cryptoBasics, 1],
    ['key-schedule.json', vectors.keySchedule, 1],
    ['tree-math.json', (_: CipherSuite, vector: vectors.Case) => vectors.treeMath(vector), 10],
    ['message-protection.json', vectors.messageProtection, 1],
    ['secret-tree.json', vectors.secretTree, 3],
    ['transcript-hashes.json', vectors.transcriptHashes, 1],
    ['welcome.json', vectors.welcome, 1],
  ] as const)('%s', async (file, run, count) => {
    const all = cases(file);
    expect(all).toHaveLength(count);
    for (const vector of all) {
      const pairs = await run(suite, vector);
      expect(pairs.length).toBeGreaterThan(0);
      for (const [what, computed, expected] of pairs) expect([what, computed]).toEqual([what, expected]);
    }
  });
});
