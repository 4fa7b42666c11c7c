import { CHAIN_START } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { type GroupState, loadMls, type Mls } from '#liaison/mls-session';
import {
  type ChannelProfile,
  type ClaimedKeyPackages,
  fromBase64url,
  newId,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type * as z from 'zod';
import { freshLifetime } from '../fresh-lifetime.js';
import type { LoadChannel, LoadTarget } from '../generator/load.js';
import { channelMembers, type CommunitySize } from '../shapes.js';
import { TRUSTING_POLICY } from '../trusting-policy.js';
import { callHub } from './hub-http.js';
import type { LoadCommunity, LoadDevice } from './load-community.js';

/** Creates the room and the pairs on the hub. Each channel ends in epoch 1, where all its members are in. */
export async function hubTarget(port: number, community: LoadCommunity, size: CommunitySize): Promise<LoadTarget> {
  const mls = await loadMls(systemRandom);
  const { devices } = community;
  const channels: LoadChannel[] = [];
  for (const members of channelMembers(size)) channels.push(await createChannel({ port, community, mls }, members));
  return {
    connections: devices.map(({ token, from }) => ({ port, auth: { token }, ...(from !== undefined && { from }) })),
    channels,
  };
}

interface Hub {
  readonly port: number;
  readonly community: LoadCommunity;
  readonly mls: Mls;
}

/** @param members indices of devices; the first one founds the channel. */
async function createChannel(hub: Hub, members: readonly number[]): Promise<LoadChannel> {
  const { port, community, mls } = hub;
  const id = newId(systemClock, systemRandom);
  const [founder, ...others] = members.map((index) => community.devices[index]!);
  const { state, groupInfo } = await mls.createGroup({
    ...signerOf(founder!),
    groupId: utf8(id),
    profile: profileOf(community),
    externalSenderKey: fromBase64url(community.externalSenderKey),
  });
  await callHub(port, 'createChannel', { token: founder!.token, body: { groupInfo: toBase64url(groupInfo) } });
  await offerKeyPackages(port, mls, others);
  const joined = await addAll(hub, { id, state, founder: founder!, others });
  const { message } = await mls.encrypt(joined, systemRandom.bytes(64), new Uint8Array(32));
  return {
    id,
    members,
    records: {
      epoch: 1,
      seen: { seq: 0, chain: toBase64url(CHAIN_START) },
      privateMessage: toBase64url(message),
      senders: members.map((index) => {
        const { device, signingSeed } = community.devices[index]!.profile;
        return { device, signingSeed: toBase64url(signingSeed) };
      }),
    },
  };
}

/** Each of the devices leaves one KeyPackage with the hub, enough to be added to one channel. */
export async function offerKeyPackages(port: number, mls: Mls, devices: readonly LoadDevice[]): Promise<void> {
  for (const device of devices) {
    const { keyPackage } = await mls.createKeyPackage({
      ...signerOf(device),
      lifetime: freshLifetime(),
      lastResort: false,
    });
    await callHub(port, 'addKeyPackages', { token: device.token, body: { keyPackages: [toBase64url(keyPackage)] } });
  }
}

interface Founding {
  readonly id: string;
  readonly state: GroupState;
  readonly founder: LoadDevice;
  readonly others: readonly LoadDevice[];
}

async function addAll({ port, mls }: Hub, { id, state, founder, others }: Founding): Promise<GroupState> {
  const { token } = founder;
  const { claimed } = await callHub<z.infer<typeof ClaimedKeyPackages>>(port, 'claimKeyPackages', {
    token,
    body: { devices: others.map(({ profile }) => profile.device) },
  });
  const keyPackages = claimed.map(({ keyPackage }) => fromBase64url(keyPackage ?? ''));
  const added = await mls.commitAdd(state, keyPackages, TRUSTING_POLICY, { at: systemClock.now() });
  await callHub(port, 'submitCommit', {
    token,
    params: { channel: id },
    body: {
      commit: toBase64url(added.commit),
      welcome: toBase64url(added.welcome),
      groupInfo: toBase64url(added.groupInfo),
    },
  });
  return added.pending;
}

function profileOf({ contactPoints }: LoadCommunity): ChannelProfile {
  return {
    v: 1,
    kind: 'community',
    ceiling: 'RESTRICTED',
    releasableTo: [...contactPoints],
    roles: Object.fromEntries(contactPoints.map((id) => [id, ['administer', 'post', 'read']])),
    retention: { reviewDays: 365 },
    custody: 'none',
    exercise: false,
    postQuantum: false,
  };
}

function signerOf({ profile }: LoadDevice) {
  return { certificate: profile.certificate, signingSeed: profile.signingSeed };
}
