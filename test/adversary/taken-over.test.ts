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

describe('a Welcome of before', () => {
  it('does not bring a removed device back with message keys that it has used', async () => {
    // Only the last resort is left, whose secrets stay.
    for (let claims = 0; claims < 8; claims += 1) {
      const body = { devices: [budapest.device] };
      await mustCallHub(community.hub.url, 'claimKeyPackages', { body, token: await tokenOf(sofia) });
    }
    let kept: Welcomes | undefined;
    budapest.hub.lieAbout('listWelcomes', (answer) => {
      kept ??= structuredClone(answer as Welcomes);
      return answer;
    });
    const channel = await sofia.opensChannelWith([budapest]);
    const [welcome] = kept?.welcomes ?? [];
    expect(welcome).toMatchObject({ channel });
    await budapest.mustSend(channel, 'One');
    const token = await tokenOf(sofia);
    const page = (await mustCallHub(community.hub.url, 'listEvents', {
      params: { channel },
      query: { after: 0, limit: 10 },
      token,
    })) as EventPage;
    await sofia.client.removeMembers(channel, [budapest.device]);
    await budapest.syncs();
    const before = await budapest.client.channel(channel);
    expect(before.membership).toBe('removed');
    budapest.hub.lieAbout('listWelcomes', () => kept);
    budapest.hub.lieAbout('listEvents', (answer, request) =>
      request.params?.['channel'] === channel
        ? { events: page.events.filter((event) => event.seq === welcome?.seq), lastSeq: welcome?.seq }
        : answer,
    );
    await budapest.syncs();
    expect(await budapest.client.channel(channel)).toEqual(before);
    await expect(budapest.sends(channel, 'Two')).rejects.toMatchObject({ code: 'not-allowed' });
    budapest.hub.lieAbout('listWelcomes', () => ({
      welcomes: kept?.welcomes.map((each) => ({ ...each, seq: before.seq + 1, epoch: before.epoch + 1 })),
    }));
    await budapest.syncs();
    expect(await budapest.client.channel(channel)).toEqual(before);
  });
});

describe('a GroupInfo of before', () => {
  async function whereBudapestHasLostItsState(act: (channel: ChannelId, stale: unknown) => Promise<void>) {
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    const token = await tokenOf(sofia);
    const stale = await mustCallHub(community.hub.url, 'getGroupInfo', { params: { channel }, token });
    await sofia.client.removeMembers(channel, [skopje.device]);
    await budapest.syncs();
    const kept = budapest.store;
    await budapest.losesState();
    await budapest.syncs();
    await act(channel, stale);
    budapest.hub.tellTruth();
    await budapest.client.rejoin(channel);
    expect(await budapest.memberDevices(channel)).not.toContain(skopje.device);
    await budapest.starts(kept);
  }

  it('is refused by who joins again: a removed member would be back', async () => {
    await whereBudapestHasLostItsState(async (channel, stale) => {
      budapest.hub.lieAbout('getGroupInfo', () => stale);
      await expect(budapest.client.rejoin(channel)).rejects.toMatchObject({ details: { check: 'CLI-45' } });
      await budapest.mustSeeAlarm('CLI-45');
      expect(await budapest.client.channel(channel)).toMatchObject({ membership: 'lost' });
    });
  });

  it('is refused where the hub shows the commit out of it as the newest', async () => {
    await whereBudapestHasLostItsState(async (channel, stale) => {
      let own: CommitSubmission | undefined;
      let hidden: EventPage | undefined;
      budapest.hub.lieAbout('getGroupInfo', () => stale);
      budapest.hub.twist('submitCommit', (request) => {
        own = request.body as CommitSubmission;
        return request;
      });
      budapest.hub.lieAbout('listEvents', (answer, request) => {
        const page = answer as EventPage;
        hidden ??= page;
        const after = Number(request.query?.['after']);
        return own === undefined || after !== page.lastSeq ? page : forged(channel, page, own, stale);
      });
      await expect(budapest.client.rejoin(channel)).rejects.toMatchObject({ details: { check: 'CLI-45' } });
      expect(own).toBeUndefined();
      expect(await budapest.client.channel(channel)).toMatchObject({ membership: 'lost' });
    });
  });

  function forged(channel: ChannelId, page: EventPage, own: CommitSubmission, stale: unknown): EventPage {
    const { epoch } = stale as { epoch: number };
    const seq = page.lastSeq + 1;
    const chain = toBase64url(nextChainHash(new Uint8Array(32), seq, commitEventHash(fromBase64url(own.commit))));
    const at = new Date(community.clock.now()).toISOString();
    const { commit } = own;
    const event: ChannelEvent = { type: 'commit', channel, seq, at, chain, epoch, committer: budapest.device, commit };
    return { ...page, events: [event], lastSeq: seq };
  }
});
