import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cryptoReady, openBody, sealBody, sealedBodySize } from '#liaison/crypto';
import { libsodium } from '../src/sodium.js';
import { bytesOf, flipBit, outcomeOf, seededRandom, text } from './fixtures.js';

await cryptoReady();

const header = text('{"v":1}');
const random = seededRandom('body');

it('XChaCha20-Poly1305 agrees with draft-irtf-cfrg-xchacha-03, appendix A.3.1', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index);
  const nonce = Uint8Array.from({ length: 24 }, (_, index) => 0x40 + index);
  const plaintext = text(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const associated = bytesOf('50515253c0c1c2c3c4c5c6c7');
  const sealed = libsodium().crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associated, null, nonce, key);
  expect(Buffer.from(sealed).toString('hex')).toBe(
    'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216' +
      'cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13' +
      'b52ec0875924c1c7987947deafd8780acf49',
  );
});

describe('a record body', () => {
  it('opens with its key and header, at the size that was foretold', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (plaintext) => {
        const { contentKey, body } = sealBody({ plaintext, header, random });
        expect(body.length).toBe(sealedBodySize(plaintext.length));
        expect(openBody({ contentKey, body, header })).toEqual(plaintext);
      }),
    );
  });

  it('has a fresh key and nonce every time', () => {
    const [first, second] = [1, 2].map(() => sealBody({ plaintext: text('same'), header, random }));
    expect(first!.contentKey).not.toEqual(second!.contentKey);
    expect(first!.body.subarray(32, 56)).not.toEqual(second!.body.subarray(32, 56));
  });

  it('refuses a changed bit wherever it is', () => {
    const { contentKey, body } = sealBody({ plaintext: text('Plovdiv, Tuesday'), header, random });
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const check = bit < 32 * 8 ? 'CRY-03' : 'CRY-04';
      const altered = flipBit(body, bit);
      expect(outcomeOf(() => openBody({ contentKey, body: altered, header }))).toEqual({
        outcome: 'cannot-open',
        check,
      });
    }
  });

  it('refuses another key and another header', () => {
    const { contentKey, body } = sealBody({ plaintext: text('Plovdiv'), header, random });
    const refused = { outcome: 'cannot-open', check: 'CRY-03' };
    expect(outcomeOf(() => openBody({ contentKey: flipBit(contentKey, 0), body, header }))).toEqual(refused);
    expect(outcomeOf(() => openBody({ contentKey, body, header: text('{"v":2}') }))).toEqual(refused);
  });

  it('tells bytes that cannot be a body from one that does not open', () => {
    const { contentKey, body } = sealBody({ plaintext: text('Plovdiv'), header, random });
    const refused = { outcome: 'malformed', check: 'CRY-02' };
    expect(outcomeOf(() => openBody({ contentKey, body: body.subarray(0, 71), header }))).toEqual(refused);
    expect(outcomeOf(() => openBody({ contentKey: new Uint8Array(31), body, header })).outcome).toBe('usage');
  });
});
