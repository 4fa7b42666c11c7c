import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cryptoReady,
  generateSigningKey,
  isSigningPublicKey,
  keyIdOf,
  sign,
  signingKeyFromSeed,
  verify,
} from '#liaison/crypto';
import { RememberedVerdicts } from '../src/remembered-verdicts.js';
import { signWhole, verifyWhole } from '../src/signing.js';
import { bytesOf, flipBit, keyOf, seededRandom, text } from './fixtures.js';

await cryptoReady();

/** RFC 8032 section 7.1, tests 1 to 3. */
const RFC_8032 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

describe('Ed25519', () => {
  it.each(RFC_8032)('agrees with RFC 8032 on the message "$message"', ({ seed, publicKey, message, signature }) => {
    const key = signingKeyFromSeed(bytesOf(seed));
    expect(key.publicKey).toEqual(bytesOf(publicKey));
    expect(signWhole(bytesOf(message), key)).toEqual(bytesOf(signature));
    expect(verifyWhole(bytesOf(message), bytesOf(signature), key.publicKey)).toBe(true);
  });

  it('verifies what was signed, and nothing with a bit changed', () => {
    const key = keyOf('officer');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), (message, bit) => {
        const signature = sign('session', message, key);
        expect(verify('session', message, signature, key.publicKey)).toBe(true);
        expect(verify('session', flipBit(message, bit % (message.length * 8)), signature, key.publicKey)).toBe(false);
        expect(verify('session', message, flipBit(signature, bit % 512), key.publicKey)).toBe(false);
        expect(verify('session', message, signature, flipBit(key.publicKey, bit % 256))).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('binds a signature to its context', () => {
    const key = keyOf('officer');
    const signature = sign('session', text('nonce'), key);
    expect(verify('roster', text('nonce'), signature, key.publicKey)).toBe(false);
    expect(verifyWhole(text('nonce'), signature, key.publicKey)).toBe(false);
    expect(verifyWhole(text('liaison session v1\0nonce'), signature, key.publicKey)).toBe(true);
    expect(() => sign('a\0b', text(''), key)).toThrow('purpose');
  });

  it('answers false for lengths that cannot be', () => {
    const key = keyOf('officer');
    const signature = sign('session', text('nonce'), key);
    expect(verify('session', text('nonce'), signature.subarray(1), key.publicKey)).toBe(false);
    expect(verify('session', text('nonce'), signature, key.publicKey.subarray(1))).toBe(false);
    expect(verify('session', text('nonce'), new Uint8Array(), new Uint8Array())).toBe(false);
  });

  it('will not sign with a public key that belongs to another private key', () => {
    const mixed = { publicKey: keyOf('a').publicKey, privateKey: keyOf('b').privateKey };
    expect(() => sign('session', text('nonce'), mixed)).toThrow('do not belong together');
  });

  it('refuses keys outside the prime-order group', () => {
    const random = seededRandom('keys');
    expect(isSigningPublicKey(generateSigningKey(random).publicKey)).toBe(true);
    expect(isSigningPublicKey(bytesOf('01' + '00'.repeat(31)))).toBe(false);
    expect(isSigningPublicKey(bytesOf('ff'.repeat(32)))).toBe(false);
    expect(isSigningPublicKey(new Uint8Array(31))).toBe(false);
  });

  it('names a key by the first 8 bytes of its SHA-256', () => {
    expect(keyIdOf(bytesOf(RFC_8032[0]!.publicKey))).toBe('21fe31dfa154a261');
  });
});

describe('remembered verdicts', () => {
  it('are the good ones, of exactly what was judged', () => {
    const verdicts = new RememberedVerdicts();
    let judged = 0;
    const judge = (answer: boolean) => () => {
      judged += 1;
      return answer;
    };
    expect([verdicts.holds('bad', judge(false)), verdicts.holds('bad', judge(false))]).toEqual([false, false]);
    expect([verdicts.holds('good', judge(true)), verdicts.holds('good', judge(true))]).toEqual([true, true]);
    expect(verdicts.holds('other', judge(false))).toBe(false);
    expect(judged).toBe(4);
  });

  it('are bounded', () => {
    const verdicts = new RememberedVerdicts();
    let judged = 0;
    const judge = () => {
      judged += 1;
      return true;
    };
    for (let round = 0; round < 2; round += 1)
      for (let name = 0; name < 5001; name += 1) verdicts.holds(String(name), judge);
    expect(judged).toBeGreaterThan(5001);
  });
});
