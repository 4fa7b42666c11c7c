import { createHash, createPublicKey, verify as opensslVerify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  CHAIN_START,
  commitEventHash,
  cryptoReady,
  nextChainHash,
  proposalEventHash,
  recordEventHash,
  recordHashes,
  recordSignedBytes,
  sha256,
  type SigningKey,
  signRecord,
  verifyRecord,
} from '#liaison/crypto';
import {
  nodeChainHashing,
  nodeRecordHashing,
  sha256Node,
  verifyRecords,
  verifyRecordsOnThreadPool,
} from '#liaison/crypto.node';
import { b64, flipBit, keyOf, outcomeOf, text } from './fixtures.js';

await cryptoReady();

const record = { header: text('{"v":1}'), body: text('sealed'), mls: text('private message') };
const key = keyOf('desk');
const bytes = fc.uint8Array({ maxLength: 200 });

describe('a record signature', () => {
  const hashes = recordHashes(record);
  const signature = signRecord(hashes, key);

  it('covers the documented bytes', () => {
    const headerHash = sha256(text('liaison record header v1\0{"v":1}'));
    const bodyHash = sha256(text('liaison record body v1\0sealed'));
    const mlsHash = sha256(text('liaison record mls v1\0private message'));
    const signed = Uint8Array.of(...text('liaison record v1\0'), ...headerHash, ...bodyHash, ...mlsHash);
    expect(recordSignedBytes(hashes)).toEqual(signed);
    expect(verifyRecord(hashes, signature, key.publicKey)).toBe(true);
  });

  it('fails when header, body or MLS message changes, or they trade places', () => {
    for (const part of ['header', 'body', 'mls'] as const) {
      const changed = recordHashes({ ...record, [part]: flipBit(record[part], 9) });
      expect(verifyRecord(changed, signature, key.publicKey)).toBe(false);
    }
    const swapped = { ...hashes, bodyHash: hashes.mlsHash, mlsHash: hashes.bodyHash };
    expect(verifyRecord(swapped, signature, key.publicKey)).toBe(false);
    expect(verifyRecord(hashes, signature, keyOf('other').publicKey)).toBe(false);
  });
});

describe('the chain', () => {
  it('is the documented hash', () => {
    const event = sha256(text('liaison event v1\0\u0002'), sha256(text('liaison commit v1\0commit')));
    expect(commitEventHash(text('commit'))).toEqual(event);
    const position = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2);
    const chain = sha256(text('liaison chain v1\0'), CHAIN_START, position, event);
    expect(nextChainHash(CHAIN_START, 258, event)).toEqual(chain);
  });

  it('tells kinds of event, positions and orders apart', () => {
    const commit = commitEventHash(text('x'));
    const proposal = proposalEventHash(text('x'));
    const chains = [
      nextChainHash(CHAIN_START, 1, commit),
      nextChainHash(CHAIN_START, 1, proposal),
      nextChainHash(CHAIN_START, 2, commit),
      nextChainHash(nextChainHash(CHAIN_START, 1, commit), 2, proposal),
      nextChainHash(nextChainHash(CHAIN_START, 1, proposal), 2, commit),
      nextChainHash(CHAIN_START, 1, recordEventHash(recordHashes(record))),
    ];
    expect(new Set(chains.map((chain) => Buffer.from(chain).toString('hex'))).size).toBe(chains.length);
  });

  it('has no position but the integers from 1', () => {
    for (const seq of [0, -1, 1.5, 2 ** 53, NaN]) {
      expect(outcomeOf(() => nextChainHash(CHAIN_START, seq, CHAIN_START)).outcome).toBe('usage');
    }
  });
});

describe('the Node hashes', () => {
  it('equal libsodium’s', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.integer({ min: 1 }), (header, body, mls, seq) => {
        expect(sha256Node(header, body, mls)).toEqual(sha256(header, body, mls));
        const hashes = recordHashes({ header, body, mls });
        expect(nodeRecordHashing.recordHashes({ header, body, mls })).toEqual(hashes);
        expect(nodeChainHashing.recordEventHash(hashes)).toEqual(recordEventHash(hashes));
        expect(nodeChainHashing.commitEventHash(mls)).toEqual(commitEventHash(mls));
        expect(nodeChainHashing.proposalEventHash(mls)).toEqual(proposalEventHash(mls));
        const chain = nextChainHash(hashes.bodyHash, seq, hashes.mlsHash);
        expect(nodeChainHashing.nextChainHash(hashes.bodyHash, seq, hashes.mlsHash)).toEqual(chain);
      }),
    );
  });
});

describe.each([
  ['on the thread pool', verifyRecordsOnThreadPool],
  ['by what is fastest here', verifyRecords],
])('verification %s', (_way, verifyAll) => {
  const hashes = recordHashes(record);
  const good = { hashes, signature: signRecord(hashes, key), publicKey: key.publicKey };

  it('answers in order, as libsodium does', async () => {
    const records = [
      good,
      { ...good, signature: flipBit(good.signature, 3) },
      { ...good, publicKey: keyOf('other').publicKey },
      { ...good, signature: good.signature.subarray(1) },
      { ...good, publicKey: new Uint8Array(3) },
      { ...good, publicKey: new Uint8Array(32).fill(0xff) },
      good,
    ];
    const sync = records.map((each) => verifyRecord(each.hashes, each.signature, each.publicKey));
    expect(sync).toEqual([true, false, false, false, false, false, true]);
    expect(await verifyAll(records)).toEqual(sync);
  });

  it('refuses the signature that OpenSSL accepts for every message under a key of small order', async () => {
    const identity = Uint8Array.of(1, ...new Uint8Array(31));
    const universal = Uint8Array.of(...identity, ...new Uint8Array(32));
    const forged = { hashes, signature: universal, publicKey: identity };
    expect(verifyRecord(hashes, universal, identity)).toBe(false);
    expect(await verifyAll([forged])).toEqual([false]);
  });

  it('refuses an R of small order, which a sender can make and OpenSSL accepts', async () => {
    const signature = signWithNonceZero(recordSignedBytes(hashes), key);
    expect(verifyByOpenSsl(recordSignedBytes(hashes), signature, key.publicKey)).toBe(true);
    expect(verifyRecord(hashes, signature, key.publicKey)).toBe(false);
    expect(await verifyAll([{ ...good, signature }])).toEqual([false]);
  });

  it('forgets old keys rather than grow, and still answers', async () => {
    const strangers = Array.from({ length: 5000 }, (_, index) => ({
      ...good,
      publicKey: sha256Node(text(`stranger ${index}`)),
    }));
    expect((await verifyAll([...strangers, good])).at(-1)).toBe(true);
  });
});

/** RFC 8032 section 5.1.6 with r = 0: R is the neutral element, S = h times the secret scalar. */
function signWithNonceZero(message: Uint8Array, { privateKey, publicKey }: SigningKey): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const sha512 = (...parts: Uint8Array[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha512')).digest();
  const littleEndian = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  const scalar = sha512(privateKey).subarray(0, 32);
  scalar[0] = scalar[0]! & 0xf8;
  scalar[31] = (scalar[31]! & 0x7f) | 0x40;
  const neutral = Uint8Array.of(1, ...new Uint8Array(31));
  const s = (littleEndian(sha512(neutral, publicKey, message)) * littleEndian(scalar)) % order;
  const sBytes = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  return Uint8Array.of(...neutral, ...sBytes);
}

function verifyByOpenSsl(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: b64(publicKey) };
  return opensslVerify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}
