import { beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, generateSigningKey, PASSPHRASE_COST_FOR_TESTING, sealWithPassphrase } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { canonicalJson, toBase64url, utf8 } from '#liaison/protocol';
import { demoCommunity } from '../src/ceremony/demo-community.js';
import { foundCommunity } from '../src/ceremony/found-community.js';
import { Device } from '../src/device.js';
import { type DeviceProfile, openProfile } from '../src/device-profile.js';
import { memoryStore } from '../src/memory-store.js';
import { TrustKeeper } from '../src/trust-keeper.js';

const hub = {
  origin: 'http://127.0.0.1:3000',
  externalSenderKey: toBase64url(new Uint8Array(32).fill(7)),
  logKey: toBase64url(new Uint8Array(32).fill(7)),
};
const refusal = { code: 'malformed', details: { check: 'CLI-60' } };
let sofia: DeviceProfile;
let budapest: DeviceProfile;

beforeAll(async () => {
  await cryptoReady();
  const { profiles } = foundCommunity(demoCommunity(), hub, { clock: systemClock, random: systemRandom });
  const profileOf = (contactPoint: string): DeviceProfile => {
    const found = [...profiles.values()].find(({ device }) => device.startsWith(`${contactPoint}:`));
    if (found === undefined) throw new Error('No such device.');
    return found;
  };
  [sofia, budapest] = [profileOf('bg'), profileOf('hu')];
});

const open = (profile: DeviceProfile) =>
  Device.open({ profile, store: memoryStore(), clock: systemClock, random: systemRandom });

describe('a device profile', () => {
  it('CLI-60 is refused where the sealed file holds something else', () => {
    const options = { purpose: 'device-profile', random: systemRandom, cost: PASSPHRASE_COST_FOR_TESTING };
    const file = sealWithPassphrase(
      utf8(canonicalJson({ v: 1, device: 'bg:petrova:desk-1' })),
      'correct horse',
      options,
    );
    expect(() => openProfile(file, 'correct horse')).toThrow(expect.objectContaining(refusal));
  });

  it('CLI-60 is refused where name, key and certificate do not belong together', async () => {
    await expect(open(sofia)).resolves.toMatchObject({ address: sofia.device });
    const signingSeed = generateSigningKey(systemRandom).privateKey;
    for (const change of [{ device: budapest.device }, { certificate: budapest.certificate }, { signingSeed }]) {
      await expect(open({ ...sofia, ...change })).rejects.toMatchObject(refusal);
    }
  });

  it('CLI-60 is refused where the roster in it is not signed as it must be', async () => {
    const { roster, signatures } = sofia.foundingRoster;
    const device = await open({ ...sofia, foundingRoster: { roster, signatures: signatures.slice(1) } });
    const current = device.transact((transaction) => new TrustKeeper(device).current(transaction));
    await expect(current).rejects.toMatchObject(refusal);
  });
});
