import { createPublicKey, hash, type KeyObject, randomBytes, verify } from 'node:crypto';
import type { Clock, RandomSource } from '#liaison/protocol';
import { chainHashing } from './chain.js';
import { loadNativeVerification } from './native-verification.node.js';
import { recordHashing, type RecordHashes, recordSignedBytes } from './record-signature.js';
import type { Sha256 } from './sha256.js';
import { isSigningPublicKey, SIGNATURE_BYTES } from './signing.js';

export const systemClock: Clock = { now: () => Date.now() };

export const systemRandom: RandomSource = {
  // A plain Uint8Array of its own memory: a Buffer is a window on a pool that others share.
  bytes: (length) => new Uint8Array(randomBytes(length)),
};

/** Where the parts of one hash are joined; grows to the longest seen. */
let joined = Buffer.allocUnsafeSlow(4096);

/**
 * SHA-256 by node:crypto: equal to `sha256`, faster. One call costs half of what an incremental hash does, and a digest as text
 * half of what a fresh Buffer costs: 32 bytes of their own lie on the heap. Synchronous, so the memory it reuses is never shared.
 */
export const sha256Node: Sha256 = (...parts) => {
  const text = hash('sha256', join(parts), 'binary');
  const digest = new Uint8Array(32);
  for (let index = 0; index < 32; index += 1) digest[index] = text.charCodeAt(index);
  return digest;
};

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > joined.length) joined = Buffer.allocUnsafeSlow(2 * length);
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined.subarray(0, end);
}

/** `headerHash`, `bodyHash`, `mlsHash`, `recordHashes` by node:crypto. */
export const nodeRecordHashing = recordHashing(sha256Node);

/** `recordEventHash`, `commitEventHash`, `proposalEventHash`, `nextChainHash` by node:crypto. */
export const nodeChainHashing = chainHashing(sha256Node);

export interface RecordToVerify {
  readonly hashes: RecordHashes;
  readonly signature: Uint8Array;
  /** The device's, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export { openToken, type Token, type TokenPlace } from './pkcs11.node.js';

const native = await loadNativeVerification();

/**
 * Verifies record signatures as fast as this platform can: by native libsodium at once, else on the thread pool.
 * Accepts exactly what `verifyRecord` accepts by the first way, and nothing that it refuses by the second.
 * @returns one answer a record, in order.
 */
export function verifyRecords(records: readonly RecordToVerify[]): Promise<boolean[]> {
  if (native === undefined) return verifyRecordsOnThreadPool(records);
  return Promise.resolve(
    records.map(({ hashes, signature, publicKey }) => native(signature, recordSignedBytes(hashes), publicKey)),
  );
}

/**
 * Verifies record signatures on libuv's thread pool, so that the event loop stays free.
 * Accepts nothing that `verifyRecord` refuses; see {@link refusedByLibsodium} for what OpenSSL alone would accept.
 * @returns one answer a record, in order.
 */
export function verifyRecordsOnThreadPool(records: readonly RecordToVerify[]): Promise<boolean[]> {
  return new Promise((resolve, reject) => {
    const answers: boolean[] = Array<boolean>(records.length).fill(false);
    let open = records.length;
    if (open === 0) resolve(answers);
    // One promise for all of them: the hub asks for thousands a second.
    for (const [index, record] of records.entries()) {
      verifyOnThreadPool(record, (error, valid) => {
        if (error !== null) reject(error);
        answers[index] = valid;
        open -= 1;
        if (open === 0) resolve(answers);
      });
    }
  });
}

function verifyOnThreadPool(
  { hashes, signature, publicKey }: RecordToVerify,
  answer: (error: Error | null, valid: boolean) => void,
): void {
  const key = keyObjectOf(publicKey);
  if (key === undefined || refusedByLibsodium(signature)) answer(null, false);
  else verify(null, recordSignedBytes(hashes), key, signature, answer);
}

/** SubjectPublicKeyInfo of Ed25519 (RFC 8410) up to the key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const CACHED_KEYS = 4096;
const keyObjects = new Map<string, KeyObject | undefined>();

/** Importing a key costs about as much as a verification. The oldest entry leaves when the cache is full. */
function keyObjectOf(publicKey: Uint8Array): KeyObject | undefined {
  const name = hexOf(publicKey);
  if (keyObjects.has(name)) return keyObjects.get(name);
  const key = isSigningPublicKey(publicKey)
    ? createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
    : undefined;
  const [oldest] = keyObjects.keys();
  if (keyObjects.size >= CACHED_KEYS && oldest !== undefined) keyObjects.delete(oldest);
  keyObjects.set(name, key);
  return key;
}

/**
 * libsodium refuses an R of small order; OpenSSL accepts it. A sender could otherwise make a record that the hub stores and no
 * member accepts. OpenSSL compares R with its canonical encoding, so these eight are all.
 */
function refusedByLibsodium(signature: Uint8Array): boolean {
  return signature.length !== SIGNATURE_BYTES || SMALL_ORDER_POINTS.has(hexOf(signature.subarray(0, 32)));
}

/** Node's encoder over the same memory, several times faster than `toHex`. */
function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

const SMALL_ORDER_POINTS = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]);
