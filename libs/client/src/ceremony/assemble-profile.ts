import type { SigningKey } from '#liaison/crypto';
import { type DeviceAddress, LiaisonError, type RandomSource, type SignedRoster } from '#liaison/protocol';
import type { DeviceProfile } from '../device-profile.js';

/** The parts of a joining kit, and the key that the device made itself. */
export interface JoiningKit {
  readonly device: DeviceAddress;
  readonly key: SigningKey;
  readonly certificate: Uint8Array;
  readonly hubUrl: string;
  readonly foundingRoster: SignedRoster;
}

/** All that the device needs from now on: its keys, its certificate, the pinned roster, and a fresh key for its local store. */
export function assembleProfile(kit: JoiningKit, random: RandomSource): DeviceProfile {
  const storeKey = random.bytes(32);
  if (storeKey.length !== 32) throw new LiaisonError('internal', 'The random source gave too few bytes.');
  return {
    v: 1,
    device: kit.device,
    signingSeed: kit.key.privateKey,
    certificate: kit.certificate,
    hubUrl: kit.hubUrl,
    foundingRoster: kit.foundingRoster,
    storeKey,
  };
}
