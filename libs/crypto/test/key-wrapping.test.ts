import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cryptoReady,
  generateAgreementKey,
  openBlob,
  openSealed,
  sealBlob,
  sealToPublicKey,
  unwrapKey,
  wrapKey,
} from '#liaison/crypto';
import { bytesOf, flipBit, outcomeOf, seededRandom, text } from './fixtures.js';

await cryptoReady();

const random = seededRandom('wrapping');
const keyEncryptionKey = random.bytes(32);

describe('a wrapped key', () => {
  const wrap = (key: Uint8Array) => wrapKey({ key, keyEncryptionKey, context: 'epoch 3', random });

  it('unwraps under the same key and context', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(unwrapKey({ wrapped: wrap(key), keyEncryptionKey, context: 'epoch 3' })).toEqual(key);
      }),
    );
  });

  it('refuses another key, another context, a changed bit and a stump', () => {
    const wrapped = wrap(random.bytes(32));
    const good = { wrapped, keyEncryptionKey, context: 'epoch 3' };
    const refused = { outcome: 'cannot-open', check: 'CRY-05' };
    expect(outcomeOf(() => unwrapKey({ ...good, context: 'epoch 4' }))).toEqual(refused);
    expect(outcomeOf(() => unwrapKey({ ...good, keyEncryptionKey: random.bytes(32) }))).toEqual(refused);
    for (let bit = 0; bit < wrapped.length * 8; bit += 1) {
      expect(outcomeOf(() => unwrapKey({ ...good, wrapped: flipBit(wrapped, bit) }))).toEqual(refused);
    }
    const stump = wrapped.subarray(0, 60);
    expect(outcomeOf(() => unwrapKey({ ...good, wrapped: stump }))).toEqual({ outcome: 'malformed', check: 'CRY-05' });
  });
});

describe('bytes sealed to a public key', () => {
  const desk = generateAgreementKey(random);
  const seal = (plaintext: Uint8Array) =>
    sealToPublicKey({ publicKey: desk.publicKey, context: 'custody', plaintext, random });

  it('open with the private key and the context', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
        expect(openSealed({ sealed: seal(plaintext), key: desk, context: 'custody' })).toEqual(plaintext);
      }),
    );
  });

  it('refuse another key, another context and a changed bit', () => {
    const sealed = seal(text('content key'));
    const refused = { outcome: 'cannot-open', check: 'CRY-07' };
    const other = generateAgreementKey(random);
    expect(outcomeOf(() => openSealed({ sealed, key: other, context: 'custody' }))).toEqual(refused);
    expect(outcomeOf(() => openSealed({ sealed, key: desk, context: 'intake' }))).toEqual(refused);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const act = () => openSealed({ sealed: flipBit(sealed, bit), key: desk, context: 'custody' });
      // X25519 ignores the top bit of a public key (RFC 7748 section 5); HPKE binds the bytes as sent all the same.
      expect(outcomeOf(act)).toEqual(refused);
    }
  });

  it('refuse a public key of low order and a stump', () => {
    const zero = new Uint8Array(32);
    const refused = { outcome: 'malformed', check: 'CRY-07' };
    const toZero = () => sealToPublicKey({ publicKey: zero, context: 'custody', plaintext: zero, random });
    expect(outcomeOf(toZero)).toEqual(refused);
    const fromZero = Uint8Array.of(...zero, ...random.bytes(48));
    expect(outcomeOf(() => openSealed({ sealed: fromZero, key: desk, context: 'custody' }))).toEqual(refused);
    expect(outcomeOf(() => openSealed({ sealed: zero, key: desk, context: 'custody' }))).toEqual(refused);
    expect(outcomeOf(() => openSealed({ sealed: bytesOf('00'), key: desk, context: 'custody' }))).toEqual(refused);
  });
});

describe('a stored blob', () => {
  it('opens in its own place under its own key alone', () => {
    const sealed = sealBlob(keyEncryptionKey, 'channel/1', text('state'), random);
    const refused = { outcome: 'cannot-open', check: 'CRY-08' };
    expect(openBlob(keyEncryptionKey, 'channel/1', sealed)).toEqual(text('state'));
    expect(outcomeOf(() => openBlob(keyEncryptionKey, 'channel/2', sealed))).toEqual(refused);
    expect(outcomeOf(() => openBlob(random.bytes(32), 'channel/1', sealed))).toEqual(refused);
    expect(outcomeOf(() => unwrapKey({ wrapped: sealed, keyEncryptionKey, context: 'channel/1' })).outcome).toBe(
      'cannot-open',
    );
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      expect(outcomeOf(() => openBlob(keyEncryptionKey, 'channel/1', flipBit(sealed, bit)))).toEqual(refused);
    }
  });
});
