import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { commitEventHash, nextChainHash } from '#liaison/crypto';
import {
  type ChannelEvent,
  type ChannelId,
  type ChannelProfile,
  type CommitSubmission,
  ContactPointId,
  type EventPage,
  fromBase64url,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { type Actor, type Community, CREDULOUS, mustCallHub, Renegade, startCommunity } from '#liaison/testing';

interface Welcomes {
  readonly welcomes: readonly { readonly channel: ChannelId; readonly seq: number }[];
}

let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;
let baghdad: Actor;

beforeAll(async () => {
  community = await startCommunity();
  ({ sofia, budapest, skopje, baghdad } = community);
});
afterAll(() => community.stop());
beforeEach(() => {
  for (const each of [sofia, budapest, skopje, baghdad]) each.hub.tellTruth();
});

const points = (...ids: readonly string[]) => ids.map((id) => ContactPointId.parse(id));
const tokenOf = async (actor: Actor) => (await actor.client.signIn()).token;

/** A Welcome of Baghdad's own making, into a group with the id of a channel that Baghdad is no member of. */
async function foreignWelcome(channel: ChannelId, change: Partial<ChannelProfile>): Promise<string> {
  const { mls, signer } = await Renegade.from(baghdad, await baghdad.opensChannelWith([]));
  const { profile: lawful } = await sofia.client.channel(channel);
  const own = {
    releasableTo: points('hu', 'iq'),
    roles: { iq: ['administer', 'post', 'read'], hu: ['read'] },
  } as const;
  const profile: ChannelProfile = { ...lawful, ...own, ...change };
  const externalSenderKey = community.hub.externalSenderKey.publicKey;
  let { state } = await mls.createGroup({ ...signer, groupId: utf8(channel), profile, externalSenderKey });
  while (state.unsafeSecrets.groupContext.epoch < 5n) state = (await mls.commitUpdate(state)).pending;
  const { claimed } = (await mustCallHub(community.hub.url, 'claimKeyPackages', {
    body: { devices: [budapest.device] },
    token: await tokenOf(baghdad),
  })) as { claimed: { keyPackage: string }[] };
  const keyPackage = fromBase64url(claimed[0]?.keyPackage ?? '');
  const { welcome } = await mls.commitAdd(state, [keyPackage], CREDULOUS, { at: community.clock.now() });
  return toBase64url(welcome);
}

/** Budapest is shown this Welcome, and nothing of the channel that it has not read yet. */
function showWelcome(channel: ChannelId, welcome: string, place: { seq: number; epoch: number }): void {
  budapest.hub.lieAbout('listWelcomes', () => ({ welcomes: [{ id: 'forged', channel, welcome, ...place }] }));
  budapest.hub.lieAbout('listEvents', (answer, request) =>
    request.params?.['channel'] === channel ? { events: [], lastSeq: Number(request.query?.['after']) } : answer,
  );
}

describe('a Welcome of somebody who is not in the channel', () => {
  it('does not take the place of a channel that this device is a member of', async () => {
    const channel = await sofia.opensChannelWith([budapest], { title: 'Operation X' });
    await sofia.mustSend(channel, 'Hello');
    await budapest.mustRead(channel, 'Hello');
    const before = await budapest.client.channel(channel);
    showWelcome(channel, await foreignWelcome(channel, {}), { seq: before.seq + 1, epoch: 6 });
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map(({ check }) => check)).toEqual(['CLI-41']);
    expect(await budapest.client.channel(channel)).toEqual({ ...before, standing: 'in-dispute' });
    expect(await budapest.memberDevices(channel)).not.toContain(baghdad.device);
  });

  it('does not lead a removed device into a channel with wider rules', async () => {
    const channel = await sofia.opensChannelWith([budapest]);
    await sofia.client.removeMembers(channel, [budapest.device]);
    await budapest.syncs();
    const { seq } = await budapest.client.channel(channel);
    showWelcome(channel, await foreignWelcome(channel, {}), { seq: seq + 1, epoch: 6 });
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map(({ check }) => check)).toEqual(['CLI-41']);
    expect(await budapest.client.channel(channel)).toMatchObject({ membership: 'removed', epoch: 1 });
  });

  it('leaves a removed device that it leads back in dispute, with the title that a member tells it then', async () => {
    const channel = await sofia.opensChannelWith([budapest], { title: 'Operation X' });
    await budapest.syncs();
    await sofia.client.removeMembers(channel, [budapest.device]);
    await budapest.syncs();
    expect(await budapest.client.channel(channel)).toMatchObject({ membership: 'removed', title: 'Operation X' });
    await sofia.client.send({
      channel,
      kind: 'profile',
      marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
      body: { v: 1, type: 'channel-title', title: 'Operation Y' },
    });
    await sofia.client.addMembers(channel, [budapest.device]);
    await budapest.syncs();
    const after = await budapest.client.channel(channel);
    expect(after).toMatchObject({ membership: 'member', standing: 'in-dispute', title: 'Operation Y' });
  });
});
