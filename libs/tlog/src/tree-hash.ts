import { concatBytes, fromBase64url } from '#liaison/protocol';
import { sha256, type Sha256 } from '#liaison/crypto';

export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1). */
export const EMPTY_ROOT: Uint8Array = fromBase64url('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/**
 * The hash functions of a Merkle tree (RFC 6962 section 2.1, RFC 9162 section 2.1.1). The first byte keeps leaves and
 * nodes apart. The `put` forms write into memory that the caller holds: a million hashes make no garbage.
 */
export interface TreeHashing {
  /** SHA-256(0x00 || entry). */
  readonly leafHash: (entry: Uint8Array) => Uint8Array;
  /** SHA-256(0x01 || left || right). */
  readonly nodeHash: (left: Uint8Array, right: Uint8Array) => Uint8Array;
  /** Writes the leaf hash of the entry at `target[at]`. */
  readonly putLeafHash: (target: Uint8Array, at: number, entry: Uint8Array) => void;
  /** Writes the hash of the two neighbours at `source[from]` at `target[at]`; the two places may overlap. */
  readonly putNodeHash: (target: Uint8Array, at: number, source: Uint8Array, from: number) => void;
}

export function treeHashing(hash: Sha256): TreeHashing {
  const leafHash = (entry: Uint8Array) => hash(LEAF, entry);
  return {
    leafHash,
    nodeHash: (left, right) => hash(NODE, left, right),
    putLeafHash: (target, at, entry) => {
      target.set(leafHash(entry), at);
    },
    putNodeHash: (target, at, source, from) => {
      target.set(hash(NODE, source.subarray(from, from + 2 * HASH_BYTES)), at);
    },
  };
}

/** By libsodium: in browsers and Node. `nodeTreeHashing` of `index.node.ts` gives the same, faster. */
export const sodiumTreeHashing = treeHashing(sha256);

/**
 * The root over a row of hashes: neighbours are paired until one is left, the odd last one moves up as it is. That is RFC
 * 6962's tree over them, also where the last hash stands for a smaller tree than the others.
 * @param hashes one or more hashes, end to end.
 */
export function foldHashes(hashes: Uint8Array, hashing: TreeHashing): Uint8Array {
  const row = hashes.slice();
  for (let count = row.length / HASH_BYTES; count > 1; count = Math.ceil(count / 2)) {
    const pairs = Math.floor(count / 2);
    for (let pair = 0; pair < pairs; pair += 1) {
      hashing.putNodeHash(row, pair * HASH_BYTES, row, pair * 2 * HASH_BYTES);
    }
    if (count % 2 === 1) row.copyWithin(pairs * HASH_BYTES, (count - 1) * HASH_BYTES, count * HASH_BYTES);
  }
  return row.slice(0, HASH_BYTES);
}

/** Splits hashes that stand end to end. */
export function splitHashes(hashes: Uint8Array): Uint8Array[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_, index) =>
    hashes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  );
}

export const joinHashes = (hashes: readonly Uint8Array[]): Uint8Array => concatBytes(...hashes);
