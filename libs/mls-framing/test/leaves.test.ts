import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addLeafNode, removeLeafNode, type RatchetTree } from 'ts-mls/ratchetTree.js';
import { toLeafIndex } from 'ts-mls/treemath.js';
import { decodeMessage, applyToLeaves, type Leaves, leavesOf } from '../src/index.js';
import { createKeyPackage } from '../../mls-session/src/key-package.js';
import { certificateFor, LIFETIME } from '../../mls-session/test/community.js';
import { vectorSuite } from '../../mls-session/test/rfc9420-vectors.js';
import type { LeafNode } from 'ts-mls';

let leaf: LeafNode;
beforeAll(async () => {
  const suite = await vectorSuite();
  const signingSeed = new Uint8Array(32);
  const input = {
    certificate: certificateFor('bg:a:b', signingSeed),
    signingSeed,
    lifetime: LIFETIME,
    lastResort: false,
  };
  leaf = decodeMessage((await createKeyPackage(suite, input)).keyPackage, 'mls_key_package').keyPackage.leafNode;
});

describe('leaf occupancy', () => {
  it('is that of the ratchet tree after any additions and removals', () => {
    const commit = fc.record({ removes: fc.array(fc.nat(40), { maxLength: 4 }), adds: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 30 }), (commits) => {
        let leaves: Leaves<number> = [0];
        let tree: RatchetTree = [{ nodeType: 'leaf', leaf }];
        let next = 1;
        for (const { removes, adds } of commits) {
          const present = new Set(removes.filter((index) => (leaves[index] ?? null) !== null));
          const staying = leaves.filter((item, index) => item !== null && !present.has(index)).length;
          const gone = staying === 0 ? [] : [...present];
          const added = Array.from({ length: adds }, () => next++);
          leaves = applyToLeaves(leaves, { removes: gone, adds: added });
          for (const index of gone) tree = removeLeafNode(tree, toLeafIndex(index));
          for (let count = 0; count < adds; count += 1) [tree] = addLeafNode(tree, leaf);
          expect(leaves.map((item) => item !== null)).toEqual(leavesOf(tree).map((item) => item !== null));
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('gives an addition the leftmost blank leaf, freed by the same commit or before', () => {
    expect(applyToLeaves(['a', null, 'c', 'd'], { removes: [0, 3], adds: ['e', 'f', 'g', 'h'] })).toEqual([
      'e',
      'f',
      'c',
      'g',
      'h',
    ]);
  });

  it('refuses by FRM-26 to remove nobody', () => {
    for (const index of [1, 3, -1, 0.5]) {
      const failing = () => applyToLeaves(['a', null, 'c'], { removes: [index], adds: [] });
      expect(failing).toThrow(expect.objectContaining({ code: 'malformed', details: { check: 'FRM-26' } }));
    }
  });
});
