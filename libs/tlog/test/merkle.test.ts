import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toHex, utf8 } from '#liaison/protocol';
import { cryptoReady } from '#liaison/crypto';
import {
  appendLeaves,
  type CompactRange,
  edgeRoot,
  EMPTY_EDGE,
  EMPTY_ROOT,
  emptyRange,
  foldHashes,
  growEdge,
  joinHashes,
  makeConsistencyProof,
  makeInclusionProof,
  mergeRanges,
  newTiles,
  partialTiles,
  rangeRoot,
  readEdge,
  sodiumTreeHashing,
  splitHashes,
  tileNodeReader,
  tilePath,
  type TreeHashing,
  verifyConsistency,
  verifyInclusion,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { refusalOf } from '../../protocol/test/refusal.js';
import { naiveLeaf, naivePath, naiveRoot, naiveSubproof } from './naive-tree.js';

await cryptoReady();

const MOST = 1500;
const LEAVES = Array.from({ length: MOST }, (_, index) => naiveLeaf(utf8(`entry ${index}`)));
const FILES = filesOf(LEAVES);
const read = { read: (path: string) => Promise.resolve(FILES.get(path)) };

/** Each partial tile of every size on the way: what a log that signed a checkpoint at each size would serve. */
function filesOf(leaves: readonly Uint8Array[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let edge = EMPTY_EDGE;
  for (const leaf of leaves) {
    const grown = growEdge(edge, leaf, nodeTreeHashing);
    edge = grown.edge;
    for (const { bytes, ...tile } of [...grown.full, ...partialTiles(edge)]) files.set(tilePath(tile), bytes);
  }
  return files;
}

const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

const size = fc.integer({ min: 1, max: MOST });
const bit = fc.nat({ max: 255 });

describe.each<[string, TreeHashing]>([
  ['libsodium', sodiumTreeHashing],
  ['node:crypto', nodeTreeHashing],
])('hashing by %s', (_name, hashing) => {
  it('gives leaf and node hashes of RFC 6962, into fresh memory and into given memory', () => {
    for (const length of [0, 1, 420, 5000, 65_535]) {
      const entry = new Uint8Array(length).fill(7);
      const target = new Uint8Array(40);
      hashing.putLeafHash(target, 5, entry);
      expect(toHex(target.subarray(5, 37))).toBe(toHex(naiveLeaf(entry)));
      expect(hashing.leafHash(entry)).toEqual(naiveLeaf(entry));
    }
    const pair = joinHashes(LEAVES.slice(0, 2));
    hashing.putNodeHash(pair, 0, pair, 0);
    expect(pair.slice(0, 32)).toEqual(naiveRoot(LEAVES.slice(0, 2)));
    expect(hashing.nodeHash(LEAVES[0]!, LEAVES[1]!)).toEqual(naiveRoot(LEAVES.slice(0, 2)));
  });

  it('folds any number of hashes to their root', () => {
    for (let count = 1; count <= 70; count += 1) {
      const leaves = LEAVES.slice(0, count);
      expect(foldHashes(joinHashes(leaves), hashing)).toEqual(naiveRoot(leaves));
    }
    expect(splitHashes(joinHashes(LEAVES))).toEqual(LEAVES);
  });
});

describe('a compact range', () => {
  const rangeOf = (begin: number, end: number): CompactRange =>
    appendLeaves(emptyRange(begin), LEAVES.slice(begin, end), nodeTreeHashing);

  it('has the root of the naive tree, at every size', () => {
    expect(rangeRoot(emptyRange())).toEqual(EMPTY_ROOT);
    let range = emptyRange();
    for (let count = 1; count <= 300; count += 1) {
      range = appendLeaves(range, LEAVES.slice(count - 1, count), nodeTreeHashing);
      expect(toHex(rangeRoot(range))).toBe(toHex(naiveRoot(LEAVES.slice(0, count))));
    }
  });

  it('is the same, merged from any parts', () => {
    const cuts = fc.array(fc.nat({ max: MOST }), { minLength: 3, maxLength: 6 });
    fc.assert(
      fc.property(cuts, (places) => {
        const [begin = 0, ...rest] = places.sort((a, b) => a - b);
        let left = rangeOf(begin, begin);
        for (const place of rest) left = mergeRanges(left, rangeOf(left.end, place), nodeTreeHashing);
        expect(left).toEqual(rangeOf(begin, left.end));
        const whole = mergeRanges(rangeOf(0, begin), left, nodeTreeHashing);
        expect(rangeRoot(whole, nodeTreeHashing)).toEqual(naiveRoot(LEAVES.slice(0, whole.end)));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses parts that are not neighbours, roots of a middle, and hashes that are too few', () => {
    expect(refusalOf(() => mergeRanges(rangeOf(0, 3), rangeOf(4, 5))).code).toBe('usage');
    expect(refusalOf(() => rangeRoot(rangeOf(1, 3))).code).toBe('usage');
    expect(refusalOf(() => appendLeaves({ begin: 0, end: 3, hashes: [] }, LEAVES.slice(0, 1))).code).toBe('usage');
    expect(refusalOf(() => emptyRange(-1)).code).toBe('usage');
  });
});

describe('the edge of a tiled tree', () => {
  it('grows in any steps to the same tiles and the naive root', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 5 }), (steps) => {
        let edge = EMPTY_EDGE;
        for (const step of steps) {
          const before = edge.size;
          const grown = growEdge(edge, joinHashes(LEAVES.slice(before, before + step)), nodeTreeHashing);
          edge = grown.edge;
          for (const { bytes, ...tile } of [...grown.full, ...partialTiles(edge)]) {
            expect(FILES.get(tilePath(tile))).toEqual(bytes);
          }
          const written = [...grown.full, ...partialTiles(edge)].map(tilePath);
          const needed = newTiles({ oldSize: before, newSize: edge.size }).map(tilePath);
          expect(needed.filter((path) => !written.includes(path))).toEqual([]);
        }
        const leaves = LEAVES.slice(0, edge.size);
        expect(edgeRoot(edge, nodeTreeHashing)).toEqual(naiveRoot(leaves));
      }),
      { numRuns: 30 },
    );
  });

  it('is read back from tiles', async () => {
    for (const count of [0, 1, 255, 256, 257, 512, 1000, MOST]) {
      const edge = await readEdge(read, count);
      expect(edgeRoot(edge, nodeTreeHashing)).toEqual(naiveRoot(LEAVES.slice(0, count)));
      expect(edge).toEqual(growEdge(EMPTY_EDGE, joinHashes(LEAVES.slice(0, count)), nodeTreeHashing).edge);
    }
  });

  it('refuses what are not whole hashes', () => {
    expect(refusalOf(() => growEdge(EMPTY_EDGE, new Uint8Array(33))).code).toBe('usage');
  });
});

describe('an inclusion proof', () => {
  it('is RFC 6962’s path and verifies; any bit of it or of what it binds breaks it', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), bit, async (count, place, which, flippedBit) => {
        const index = place % count;
        const leaves = LEAVES.slice(0, count);
        const proof = await makeInclusionProof({ index, size: count }, tileNodeReader(read, count, nodeTreeHashing));
        expect(proof).toEqual(naivePath(index, leaves));
        const claim = { index, size: count, leafHash: LEAVES[index]!, root: naiveRoot(leaves), proof };
        expect(verifyInclusion(claim, nodeTreeHashing)).toBe(true);
        expect(verifyInclusion({ ...claim, root: flip(claim.root, flippedBit) })).toBe(false);
        expect(verifyInclusion({ ...claim, leafHash: flip(claim.leafHash, flippedBit) })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...proof, claim.root] })).toBe(false);
        if (proof.length === 0) return;
        const spoilt = proof.map((hash, at) => (at === which % proof.length ? flip(hash, flippedBit) : hash));
        expect(verifyInclusion({ ...claim, proof: spoilt })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(false);
      }),
      { numRuns: 80 },
    );
  });

  it('is false, not an error, for impossible claims', () => {
    const claim = { index: 0, size: 1, leafHash: LEAVES[0]!, root: LEAVES[0]!, proof: [] };
    expect(verifyInclusion(claim)).toBe(true);
    for (const index of [-1, 1, 0.5, Number.NaN, 2 ** 64]) expect(verifyInclusion({ ...claim, index })).toBe(false);
    for (const count of [0, -1, 2, 2 ** 53, Number.POSITIVE_INFINITY]) {
      expect(verifyInclusion({ ...claim, size: count })).toBe(false);
    }
    expect(verifyInclusion({ ...claim, leafHash: new Uint8Array(31) })).toBe(false);
  });

  it('is not made for a leaf that the tree does not have', async () => {
    await expect(makeInclusionProof({ index: 5, size: 5 }, tileNodeReader(read, 5))).rejects.toThrow('no such leaf');
    await expect(tileNodeReader(read, 5)({ level: 3, index: 0 })).rejects.toThrow('no such node');
  });
});

describe('a consistency proof', () => {
  it('is RFC 6962’s subproof and verifies; any bit of it or of what it binds breaks it', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, fc.nat(), bit, async (one, other, which, flippedBit) => {
        const [oldSize, newSize] = one <= other ? [one, other] : [other, one];
        const leaves = LEAVES.slice(0, newSize);
        const proof = await makeConsistencyProof({ oldSize, newSize }, tileNodeReader(read, newSize, nodeTreeHashing));
        expect(proof).toEqual(naiveSubproof(oldSize, leaves));
        const [oldRoot, newRoot] = [naiveRoot(leaves.slice(0, oldSize)), naiveRoot(leaves)];
        const claim = { oldSize, oldRoot, newSize, newRoot, proof };
        expect(verifyConsistency(claim, nodeTreeHashing)).toBe(true);
        expect(verifyConsistency({ ...claim, oldRoot: flip(oldRoot, flippedBit) })).toBe(false);
        expect(verifyConsistency({ ...claim, newRoot: flip(newRoot, flippedBit) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...proof, newRoot] })).toBe(false);
        if (proof.length === 0) return;
        const spoilt = proof.map((hash, at) => (at === which % proof.length ? flip(hash, flippedBit) : hash));
        expect(verifyConsistency({ ...claim, proof: spoilt })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: proof.slice(1) })).toBe(false);
      }),
      { numRuns: 80 },
    );
  });

  it('is false, not an error, for impossible claims', () => {
    const root = naiveRoot(LEAVES.slice(0, 2));
    const claim = { oldSize: 2, oldRoot: root, newSize: 2, newRoot: root, proof: [] };
    expect(verifyConsistency(claim)).toBe(true);
    for (const oldSize of [0, -1, 3, 0.5, Number.NaN]) expect(verifyConsistency({ ...claim, oldSize })).toBe(false);
    expect(verifyConsistency({ ...claim, newSize: 2 ** 53 })).toBe(false);
    expect(verifyConsistency({ ...claim, newRoot: new Uint8Array(0), oldRoot: new Uint8Array(0) })).toBe(false);
  });

  it('is empty from nothing, and not made for a log that shrinks', async () => {
    expect(await makeConsistencyProof({ oldSize: 0, newSize: 9 }, tileNodeReader(read, 9))).toEqual([]);
    await expect(makeConsistencyProof({ oldSize: 9, newSize: 5 }, tileNodeReader(read, 5))).rejects.toThrow('shrinks');
  });
});
