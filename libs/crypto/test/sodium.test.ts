import { expect, it } from '@jest/globals';
import { cryptoReady, keyIdOf, sealBody, sha256 } from '#liaison/crypto';
import type * as Sodium from '../src/sodium.js';
import { text } from './fixtures.js';

/** An instance of its own, which nobody has loaded yet. */
const UNLOADED: string = '../src/sodium.js?unloaded';

it('says so when it is used before it is loaded, and works once it is', async () => {
  const { libsodium } = (await import(UNLOADED)) as typeof Sodium;
  expect(() => libsodium()).toThrow('await cryptoReady() first');
  await cryptoReady();
  // FIPS 180-4: SHA-256 of "abc".
  const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(Buffer.from(sha256(text('abc'))).toString('hex')).toBe(digest);
  expect(sha256(text('a'), text('bc'))).toEqual(sha256(text('abc')));
});

it('refuses wrong lengths and a random source that runs dry', async () => {
  await cryptoReady();
  expect(() => keyIdOf(new Uint8Array(31))).toThrow('31 bytes');
  const random = { bytes: () => new Uint8Array(3) };
  expect(() => sealBody({ plaintext: text('x'), header: text('{}'), random })).toThrow('too few bytes');
});
