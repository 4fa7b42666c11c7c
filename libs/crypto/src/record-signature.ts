import { concatBytes } from '#liaison/protocol';
import { contextPrefix } from './context.js';
import { sha256, type Sha256 } from './sha256.js';
import { signWhole, type SigningKey, verifyWhole } from './signing.js';
import { requireLength } from './sodium.js';

/** The three hashes that stand for a record, 32 bytes each. */
export interface RecordHashes {
  readonly headerHash: Uint8Array;
  readonly bodyHash: Uint8Array;
  readonly mlsHash: Uint8Array;
}

/** A record as bytes: the header's canonical JSON, the sealed body and the MLS PrivateMessage. */
export interface RecordParts {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  readonly mls: Uint8Array;
}

/** The hash functions of a record. Two sets give equal bytes: libsodium's here, Node's in `index.node.ts`. */
export interface RecordHashing {
  readonly headerHash: (header: Uint8Array) => Uint8Array;
  readonly bodyHash: (body: Uint8Array) => Uint8Array;
  readonly mlsHash: (privateMessage: Uint8Array) => Uint8Array;
  readonly recordHashes: (record: RecordParts) => RecordHashes;
}

/** SHA-256 over `liaison record header|body|mls v1`, a zero byte and the bytes. */
export function recordHashing(hash: Sha256): RecordHashing {
  const headerHash = (header: Uint8Array) => hash(contextPrefix('record header'), header);
  const bodyHash = (body: Uint8Array) => hash(contextPrefix('record body'), body);
  const mlsHash = (privateMessage: Uint8Array) => hash(contextPrefix('record mls'), privateMessage);
  return {
    headerHash,
    bodyHash,
    mlsHash,
    recordHashes: (record) => ({
      headerHash: headerHash(record.header),
      bodyHash: bodyHash(record.body),
      mlsHash: mlsHash(record.mls),
    }),
  };
}

export const { headerHash, bodyHash, mlsHash, recordHashes } = recordHashing(sha256);

/** `headerHash || bodyHash || mlsHash`. */
export function concatRecordHashes(hashes: RecordHashes): Uint8Array {
  return concatBytes(...checkedHashes(hashes));
}

function checkedHashes({ headerHash, bodyHash, mlsHash }: RecordHashes): [Uint8Array, Uint8Array, Uint8Array] {
  requireLength('header hash', headerHash, 32);
  requireLength('body hash', bodyHash, 32);
  requireLength('MLS hash', mlsHash, 32);
  return [headerHash, bodyHash, mlsHash];
}

/**
 * Exactly what a record's Ed25519 signature covers: `liaison record v1`, a zero byte, header hash, body hash, MLS hash.
 * Anyone can verify it with these bytes, the device certificate and any Ed25519 implementation.
 */
export function recordSignedBytes(hashes: RecordHashes): Uint8Array {
  return concatBytes(contextPrefix('record'), ...checkedHashes(hashes));
}

/** @returns the 64-byte signature of the device over the record. */
export function signRecord(hashes: RecordHashes, key: SigningKey): Uint8Array {
  return signWhole(recordSignedBytes(hashes), key);
}

export function verifyRecord(hashes: RecordHashes, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return verifyWhole(recordSignedBytes(hashes), signature, publicKey);
}
