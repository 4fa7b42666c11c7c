import { describe, expect, it } from '@jest/globals';
import { canonicalJson, fromUtf8, type Json, utf8 } from '#liaison/protocol';
import {
  argon2id,
  cryptoReady,
  openWithPassphrase,
  PASSPHRASE_COST,
  PASSPHRASE_COST_FOR_TESTING,
  sealWithPassphrase,
  sha256,
} from '#liaison/crypto';
import { b64, bytesOf, flipBit, outcomeOf, seededRandom, text } from './fixtures.js';

await cryptoReady();

const random = seededRandom('passphrase');
const options = { purpose: 'device-key', random, cost: PASSPHRASE_COST_FOR_TESTING };
const file = sealWithPassphrase(text('seed'), 'plum brandy 1878', options);
const open = (bytes: Uint8Array, passphrase = 'plum brandy 1878', purpose = 'device-key') =>
  openWithPassphrase(bytes, passphrase, { purpose });

/** The file with some members changed and the checksum made right again. */
function rewritten(changes: Record<string, Json>): Uint8Array {
  const members = JSON.parse(fromUtf8(file)) as Record<string, Json>;
  delete members['checksum'];
  const changed = { ...members, ...changes };
  const checksum = b64(sha256(utf8('liaison passphrase file v1\0'), utf8(canonicalJson(changed))));
  return utf8(canonicalJson({ ...changed, checksum }));
}

describe('Argon2id', () => {
  // Computed with two independent implementations: this one, and @noble/hashes, which agrees with the vector
  // "password", "somesalt", 2 passes, 64 MiB of the reference implementation.
  it.each([
    [{ memoryKiB: 65_536, passes: 3 }, '7664ad4ba1a3c999fcdd0991ffc2270f78302d2383233db5e7befc85d1bb1819'],
    [{ memoryKiB: 8, passes: 1 }, '05b6ca8f8038b683887ad4916533858b49cb52040126c134f4c6e9d8711b8c09'],
  ])('gives the known answer at %j', (cost, answer) => {
    expect(argon2id(text('password'), text('somesaltsomesalt'), cost)).toEqual(bytesOf(answer));
  });
});

describe('a passphrase-sealed file', () => {
  it('opens with its passphrase, at full cost too', () => {
    expect(open(file)).toEqual(text('seed'));
    const strong = sealWithPassphrase(text('seed'), 'plum brandy 1878', { purpose: 'device-key', random });
    expect(JSON.parse(fromUtf8(strong))).toMatchObject({ kdf: { name: 'argon2id', ...PASSPHRASE_COST } });
    expect(open(strong)).toEqual(text('seed'));
  });

  it('opens however the passphrase was composed on the keyboard', () => {
    const composed = sealWithPassphrase(text('seed'), 'caf\u00e9 \ufb01n', options);
    expect(open(composed, 'cafe\u0301 fin')).toEqual(text('seed'));
  });

  it('tells a wrong passphrase, a damaged file, another purpose and a forged file apart', () => {
    expect(outcomeOf(() => open(file, 'plum brandy 1879'))).toEqual({ outcome: 'cannot-open', check: 'CRY-13' });
    expect(outcomeOf(() => open(file.subarray(0, 200)))).toEqual({ outcome: 'malformed', check: 'CRY-10' });
    expect(outcomeOf(() => open(text('{}')))).toEqual({ outcome: 'malformed', check: 'CRY-10' });
    const otherPurpose = outcomeOf(() => open(file, 'plum brandy 1878', 'ca-key'));
    expect(otherPurpose).toEqual({ outcome: 'malformed', check: 'CRY-12' });
    const { sealed } = JSON.parse(fromUtf8(file)) as { sealed: string };
    const forged = rewritten({ sealed: sealed.slice(0, -4) + 'AAAA' });
    expect(outcomeOf(() => open(forged))).toEqual({ outcome: 'cannot-open', check: 'CRY-14' });
  });

  it('refuses a changed bit wherever it is', () => {
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      expect(outcomeOf(() => open(flipBit(file, bit))).outcome).not.toBe('ok');
    }
  });

  it('binds its parameters even where the checksum was made right again', () => {
    const { kdf } = JSON.parse(fromUtf8(file)) as { kdf: Record<string, Json> };
    const relabelled = rewritten({ purpose: 'ca-key' });
    expect(outcomeOf(() => open(relabelled, undefined, 'ca-key')).check).toBe('CRY-13');
    const slower = rewritten({ kdf: { ...kdf, passes: 2 } });
    expect(outcomeOf(() => open(slower)).check).toBe('CRY-13');
  });

  it.each([
    ['100 GB of memory', { memoryKiB: 100_000_000 }],
    ['a million passes', { passes: 1_000_000 }],
    ['no memory', { memoryKiB: 0 }],
    ['a broken number', { passes: 1.5 }],
    ['another derivation', { name: 'scrypt' }],
    ['a short salt', { salt: 'AAAA' }],
  ])('does not do what a hostile file asks for: %s', (_what, change) => {
    const { kdf } = JSON.parse(fromUtf8(file)) as { kdf: Record<string, Json> };
    const hostile = rewritten({ kdf: { ...kdf, ...change } });
    expect(outcomeOf(() => open(hostile))).toEqual({ outcome: 'malformed', check: 'CRY-11' });
  });

  it('will not be made with an empty passphrase', () => {
    expect(outcomeOf(() => sealWithPassphrase(text('seed'), '', options)).outcome).toBe('usage');
  });
});
