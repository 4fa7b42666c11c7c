import { beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, generateSigningKey, PASSPHRASE_COST_FOR_TESTING, sealWithPassphrase } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { canonicalJson, ContactPointId, toBase64url, utf8 } from '#liaison/protocol';
import { foundAuthority } from '../src/ceremony/contact-point-authority.js';
import { openAuthority, openCoChairKey, sealAuthority, sealCoChairKey } from '../src/ceremony/sealed-keys.js';

const sealing = { random: systemRandom, cost: PASSPHRASE_COST_FOR_TESTING };
const clock = { now: () => Date.parse('2026-11-21T18:00:00.000Z') };
const bulgaria = { id: ContactPointId.parse('bg'), names: { en: 'Bulgaria' } };
const authority = () => foundAuthority(bulgaria, generateSigningKey(systemRandom), { clock, random: systemRandom });

beforeAll(cryptoReady);

describe('sealed keys of a ceremony', () => {
  it('open again, with their passphrase alone', () => {
    const key = generateSigningKey(systemRandom);
    const sealed = sealCoChairKey(key, 'a passphrase', sealing);
    expect(openCoChairKey(sealed, 'a passphrase')).toEqual(key);
    expect(() => openCoChairKey(sealed, 'another')).toThrow('Wrong passphrase');
    const ca = authority();
    expect(openAuthority(sealAuthority(ca, 'a passphrase', sealing), 'a passphrase')).toEqual(ca);
  });

  it('do not open in the place of one another', () => {
    const sealed = sealAuthority(authority(), 'a passphrase', sealing);
    expect(() => openCoChairKey(sealed, 'a passphrase')).toThrow('holds authority, not co-chair-key');
  });

  it('CER-02: a CA file whose key is not its certificate’s is refused', () => {
    const content = { certificate: toBase64url(authority().certificate), seed: toBase64url(systemRandom.bytes(32)) };
    const options = { ...sealing, purpose: 'authority' };
    const sealed = sealWithPassphrase(utf8(canonicalJson(content)), 'a passphrase', options);
    expect(() => openAuthority(sealed, 'a passphrase')).toThrow(
      expect.objectContaining({ code: 'malformed', details: { check: 'CER-02' } }),
    );
  });
});
