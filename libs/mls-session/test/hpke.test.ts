import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { cipherSuite, type CipherSuite } from '../src/cipher-suite.js';
import { hkdfExpand, hkdfExtract } from '../src/hkdf.js';
import { libsodiumPrimitives } from '../src/primitives.js';

interface Vector extends Record<
  'info' | 'ikmE' | 'pkEm' | 'skEm' | 'ikmR' | 'pkRm' | 'skRm' | 'pt' | 'aad' | 'ct',
  string
> {
  readonly exports: readonly { readonly exporter_context: string; readonly exported_value: string }[];
}
const vector = JSON.parse(readFileSync('vectors/mls/rfc9180-x25519-chacha20poly1305.json', 'utf8')) as Vector;
const bytes = (name: Exclude<keyof Vector, 'exports'>): Uint8Array => sodium.from_hex(vector[name]);

let suite: CipherSuite;
beforeAll(async () => {
  // The vector's ephemeral key stands for the randomness.
  suite = cipherSuite(await libsodiumPrimitives(), { bytes: () => sodium.from_hex(vector.skEm) });
});

describe('HPKE by RFC 9180 appendix A.2.1', () => {
  it('derives the key pairs', async () => {
    for (const side of ['E', 'R'] as const) {
      const pair = await suite.hpke.deriveKeyPair(bytes(`ikm${side}`));
      expect(sodium.to_hex(await suite.hpke.exportPublicKey(pair.publicKey))).toBe(vector[`pk${side}m`]);
      expect(sodium.to_hex(await suite.hpke.exportPrivateKey(pair.privateKey))).toBe(vector[`sk${side}m`]);
    }
  });

  it('seals and opens', async () => {
    const { hpke } = suite;
    const sealed = await hpke.seal(await hpke.importPublicKey(bytes('pkRm')), bytes('pt'), bytes('info'), bytes('aad'));
    expect([sodium.to_hex(sealed.enc), sodium.to_hex(sealed.ct)]).toEqual([vector.pkEm, vector.ct]);
    const key = await hpke.importPrivateKey(bytes('skRm'));
    expect(await hpke.open(key, sealed.enc, sealed.ct, bytes('info'), bytes('aad'))).toEqual(bytes('pt'));
  });

  it('exports', async () => {
    const { hpke } = suite;
    const publicKey = await hpke.importPublicKey(bytes('pkRm'));
    const privateKey = await hpke.importPrivateKey(bytes('skRm'));
    for (const { exporter_context, exported_value } of vector.exports) {
      const context = sodium.from_hex(exporter_context);
      const sent = await hpke.exportSecret(publicKey, context, 32, bytes('info'));
      expect(sodium.to_hex(sent.secret)).toBe(exported_value);
      expect(await hpke.importSecret(privateKey, context, sent.enc, 32, bytes('info'))).toEqual(sent.secret);
    }
  });

  it.each(['enc', 'ct', 'info', 'aad', 'short enc'] as const)('refuses another %s', async (what) => {
    const { hpke } = suite;
    const altered = (value: Uint8Array): Uint8Array => value.map((byte, index) => (index === 3 ? byte ^ 1 : byte));
    const given = { enc: bytes('pkEm'), ct: bytes('ct'), info: bytes('info'), aad: bytes('aad') };
    if (what === 'short enc') given.enc = given.enc.slice(1);
    else given[what] = altered(given[what]);
    const key = await hpke.importPrivateKey(bytes('skRm'));
    await expect(hpke.open(key, given.enc, given.ct, given.info, given.aad)).rejects.toThrow();
  });

  it('refuses a key of low order', async () => {
    const { hpke } = suite;
    const zero = await hpke.importPublicKey(new Uint8Array(32));
    await expect(hpke.seal(zero, bytes('pt'), bytes('info'))).rejects.toThrow('X25519');
  });
});

describe('HKDF by RFC 5869 appendix A', () => {
  it('gives case 1, with a salt of 13 bytes and more than one block', () => {
    const ikm = sodium.from_hex('0b'.repeat(22));
    const prk = hkdfExtract(suite.primitives, sodium.from_hex('000102030405060708090a0b0c'), ikm);
    expect(sodium.to_hex(prk)).toBe('077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5');
    expect(sodium.to_hex(hkdfExpand(suite.primitives, prk, sodium.from_hex('f0f1f2f3f4f5f6f7f8f9'), 42))).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
  });

  it('gives case 3, without salt and info', () => {
    const prk = hkdfExtract(suite.primitives, new Uint8Array(), sodium.from_hex('0b'.repeat(22)));
    expect(sodium.to_hex(hkdfExpand(suite.primitives, prk, new Uint8Array(), 42))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });
});
