import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cryptoReady } from '#liaison/crypto';
import { sodiumTreeHashing, verifyConsistency, verifyInclusion } from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';

/** The proofs of transparency-dev/merkle, good and bad, are not part of this repository; they are run where they are at hand. */
const FOLDER = resolve(process.env['LIAISON_VECTORS'] ?? '../shared/vectors', 'tlog');
const present = existsSync(FOLDER);
if (!present)
  process.stderr.write(`Log vectors skipped: there is no ${FOLDER}. Set LIAISON_VECTORS to their folder.\n`);

interface Inclusion {
  readonly name: string;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: string[] | null;
  readonly wantErr: boolean;
}

interface Consistency {
  readonly name: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: string[] | null;
  readonly wantErr: boolean;
}

const cases = <Case>(file: string): Case[] => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Case[];
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const hashes = (proof: string[] | null): Uint8Array[] => (proof ?? []).map(bytes);

(present ? describe : describe.skip).each([
  ['libsodium', sodiumTreeHashing],
  ['node:crypto', nodeTreeHashing],
])('published proofs, hashed by %s', (_name, hashing) => {
  it('of inclusion', async () => {
    await cryptoReady();
    const all = cases<Inclusion>('inclusion.json');
    expect(all.filter(({ wantErr }) => !wantErr).length).toBeGreaterThan(0);
    for (const vector of all) {
      const claim = {
        index: vector.leafIdx,
        size: vector.treeSize,
        leafHash: bytes(vector.leafHash),
        root: bytes(vector.root),
        proof: hashes(vector.proof),
      };
      expect([vector.name, verifyInclusion(claim, hashing)]).toEqual([vector.name, !vector.wantErr]);
    }
  });

  it('of consistency', async () => {
    await cryptoReady();
    const all = cases<Consistency>('consistency.json');
    expect(all.filter(({ wantErr }) => !wantErr).length).toBeGreaterThan(0);
    for (const vector of all) {
      const claim = {
        oldSize: vector.size1,
        oldRoot: bytes(vector.root1),
        newSize: vector.size2,
        newRoot: bytes(vector.root2),
        proof: hashes(vector.proof),
      };
      expect([vector.name, verifyConsistency(claim, hashing)]).toEqual([vector.name, !vector.wantErr]);
    }
  });
});
