import { LiaisonError } from '#liaison/protocol';
import { contextPrefix } from './context.js';
import { concatRecordHashes, type RecordHashes } from './record-signature.js';
import { sha256, type Sha256 } from './sha256.js';
import { requireLength } from './sodium.js';

/** chain(0): what a channel's chain starts from. */
export const CHAIN_START: Uint8Array = new Uint8Array(32);

const RECORD = Uint8Array.of(1);
const COMMIT = Uint8Array.of(2);
const PROPOSAL = Uint8Array.of(3);

/**
 * The hash chain over a channel's events, which the hub computes and every member recomputes: two members who are
 * shown different sequences notice as soon as one sees a record of the other.
 */
export interface ChainHashing {
  /** SHA-256(`liaison event v1` || 0 || 0x01 || header hash || body hash || MLS hash). */
  readonly recordEventHash: (hashes: RecordHashes) => Uint8Array;
  /** SHA-256(`liaison event v1` || 0 || 0x02 || SHA-256(`liaison commit v1` || 0 || commit)). */
  readonly commitEventHash: (commit: Uint8Array) => Uint8Array;
  /** SHA-256(`liaison event v1` || 0 || 0x03 || SHA-256(`liaison proposal v1` || 0 || proposal)). */
  readonly proposalEventHash: (proposal: Uint8Array) => Uint8Array;
  /** chain(n) = SHA-256(`liaison chain v1` || 0 || chain(n-1) || n as 8 bytes, big-endian || event hash). */
  readonly nextChainHash: (previous: Uint8Array, seq: number, eventHash: Uint8Array) => Uint8Array;
}

export function chainHashing(hash: Sha256): ChainHashing {
  const event = (type: Uint8Array, content: Uint8Array) => hash(contextPrefix('event'), type, content);
  return {
    recordEventHash: (hashes) => event(RECORD, concatRecordHashes(hashes)),
    commitEventHash: (commit) => event(COMMIT, hash(contextPrefix('commit'), commit)),
    proposalEventHash: (proposal) => event(PROPOSAL, hash(contextPrefix('proposal'), proposal)),
    nextChainHash: (previous, seq, eventHash) => {
      requireLength('chain hash', previous, 32);
      requireLength('event hash', eventHash, 32);
      return hash(contextPrefix('chain'), previous, uint64(seq), eventHash);
    },
  };
}

export const { recordEventHash, commitEventHash, proposalEventHash, nextChainHash } = chainHashing(sha256);

function uint64(seq: number): Uint8Array {
  if (!Number.isSafeInteger(seq) || seq < 1)
    throw new LiaisonError('usage', 'A channel position is an integer from 1.');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seq));
  return bytes;
}
