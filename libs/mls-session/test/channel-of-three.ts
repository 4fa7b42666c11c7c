import sodium from 'libsodium-wrappers-sumo';
import type { CipherSuite } from '../src/cipher-suite.js';
import { loadMls, type Mls } from '../src/index.js';
import { Channel, type Device, seededRandom } from './community.js';
import { vectorSuite } from './rfc9420-vectors.js';

export interface ChannelOfThree {
  readonly suite: CipherSuite;
  readonly mls: Mls;
  readonly channel: Channel;
  readonly anna: Device;
  readonly boris: Device;
  readonly clara: Device;
}

/** Anna has made a channel and added Boris and Clara: epoch 1. @param seed of all that is random. */
export async function channelOfThree(seed: string): Promise<ChannelOfThree> {
  await sodium.ready;
  const random = seededRandom(seed);
  const mls = await loadMls(random);
  const channel = new Channel(mls, random);
  const [anna, boris, clara] = (['bg:anna:desk', 'hu:boris:desk', 'iq:clara:desk'] as const).map((address) =>
    channel.device(address),
  ) as [Device, Device, Device];
  await channel.create(anna);
  await channel.add(anna, [boris, clara]);
  return { suite: await vectorSuite(), mls, channel, anna, boris, clara };
}
