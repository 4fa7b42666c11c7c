import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sign, type SigningKey, signingKeyFromSeed, signWhole } from '#liaison/crypto';
import { parseCommit, proposeRemoval } from '#liaison/mls-framing';
import { leafKeyAt, ownLeafIndex } from '#liaison/mls-session';
import {
  type ChannelEvent,
  type ChannelId,
  type CommitSubmission,
  encodeLeaving,
  fromBase64url,
  LeavingRequest,
  leavingSignedBytes,
  type LeavingStatement,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { type Actor, type Community, mustCallHub, Renegade, rewriteHistory, startCommunity } from '#liaison/testing';

describe('a hub that proposes to remove a member', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity({ cities: ['sofia', 'budapest', 'skopje'] });
  });
  afterAll(() => community.stop());

  async function proposalEvent(
    channel: ChannelId,
    key: SigningKey,
    { leafIndex = 2, epoch = 1, ...said }: Partial<Parameters<typeof proposeRemoval>[0]> = {},
  ): Promise<ChannelEvent> {
    const removal = { groupId: utf8(channel), epoch, leafIndex, ...said };
    const proposal = toBase64url(await proposeRemoval(removal, (message) => signWhole(message, key)));
    return { type: 'proposal', channel, seq: 1, at: '', chain: '', epoch: 1, proposal };
  }

  it.each([
    ['without a reason, is not obeyed', 'CLI-48', true],
    ['with another key than the roster names, is not believed', 'CLI-40', false],
  ])('%s', async (_what, check, own) => {
    const { sofia, budapest, skopje, founded, hub } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    const [coChair] = founded.coChairs;
    if (coChair === undefined) throw new Error('There is no co-chair.');
    const event = await proposalEvent(channel, own ? hub.externalSenderKey : coChair.key);
    await rewriteHistory(budapest, channel, (events) => [...events, event]);
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map((alarm) => alarm.check)).toEqual([check]);
    expect(await budapest.memberDevices(channel)).toContain(skopje.device);
    expect(await budapest.client.channel(channel)).toMatchObject({ epoch: 1, standing: 'in-dispute' });
    budapest.hub.tellTruth();
  });

  it('with what it proposed in an earlier epoch, is not believed', async () => {
    const { sofia, budapest, skopje, hub } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    const event = await proposalEvent(channel, hub.externalSenderKey, { epoch: 0 });
    await rewriteHistory(budapest, channel, (events) => [...events, event]);
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map((alarm) => alarm.check)).toEqual(['CLI-40']);
    expect(await budapest.memberDevices(channel)).toContain(skopje.device);
    budapest.hub.tellTruth();
  });

  it('without a reason, does not get it done by an administrator who removes another, and holds nothing up', async () => {
    const { sofia, budapest, skopje, hub } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    const event = await proposalEvent(channel, hub.externalSenderKey);
    await rewriteHistory(sofia, channel, (events) => [...events, event]);
    await sofia.syncs();
    await sofia.mustSeeAlarm('CLI-48');
    sofia.hub.tellTruth();
    const sent = await sofia.sends(channel, 'All the same', { evenInDispute: true });
    expect(sent.state).not.toBe('queued');
    await sofia.client.removeMembers(channel, [budapest.device]).catch(() => undefined);
    const commits = sofia.hub.callsOf('submitCommit').map(({ body }) => (body as CommitSubmission).commit);
    const { content } = parseCommit(fromBase64url(commits.at(-1) ?? ''));
    expect(content).toMatchObject({ purpose: 'remove', removes: [1], references: [] });
  });

  it('without a reason, is noticed also where a member has done it', async () => {
    const { sofia, budapest, skopje, hub } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    const proposal = await proposalEvent(channel, hub.externalSenderKey, { leafIndex: 0 });
    const renegade = await Renegade.from(skopje, channel);
    const bytes = proposal.type === 'proposal' ? fromBase64url(proposal.proposal) : new Uint8Array();
    const { state } = await renegade.mls.processProposal(renegade.group, bytes);
    const { authenticatedData } = renegade;
    const { commit } = await renegade.mls.commitProposals(state, { authenticatedData });
    await rewriteHistory(budapest, channel, (events) => [...events, proposal, renegade.commitEvent(commit)]);
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map((alarm) => alarm.check)).toEqual(['CLI-48']);
    expect(await budapest.client.channel(channel)).toMatchObject({ epoch: 2, standing: 'in-dispute' });
    expect(await budapest.memberDevices(channel)).not.toContain(sofia.device);
    budapest.hub.tellTruth();
  });

  /** As a member that leaves signs it, with whatever key. */
  async function leavingOf(
    member: Actor,
    channel: ChannelId,
    key = signingKeyFromSeed(member.profile.signingSeed),
    other: Partial<LeavingStatement> = {},
  ): Promise<Uint8Array> {
    const { group } = await Renegade.from(member, channel);
    const leaf = toBase64url(leafKeyAt(group, ownLeafIndex(group)) ?? new Uint8Array());
    const said = { at: new Date().toISOString(), channel, device: member.device, leaf, seq: 1, ...other };
    return encodeLeaving({ ...said, signature: toBase64url(sign('channel-leaving', leavingSignedBytes(said), key)) });
  }

  it('and says that the member has left, which has signed it not, or of another channel or leaf, is not obeyed', async () => {
    const { sofia, budapest, skopje, hub } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    const own = signingKeyFromSeed(skopje.profile.signingSeed);
    const statements = [
      await leavingOf(skopje, channel, hub.externalSenderKey),
      await leavingOf(skopje, channel, own, { channel: await sofia.opensChannelWith([]) }),
      await leavingOf(skopje, channel, own, { leaf: toBase64url(hub.externalSenderKey.publicKey) }),
    ];
    const shown = statements.map((authenticatedData) =>
      proposalEvent(channel, hub.externalSenderKey, { authenticatedData }),
    );
    const events = await Promise.all(shown);
    for (const each of [budapest, skopje]) {
      await rewriteHistory(each, channel, (before) => [...before, ...events]);
      await each.syncs();
      expect((await each.client.alarms(channel)).map((alarm) => alarm.check)).toEqual(['CLI-99', 'CLI-99', 'CLI-99']);
      expect(await each.memberDevices(channel)).toContain(skopje.device);
      expect(await each.client.channel(channel)).toMatchObject({ epoch: 1, standing: 'in-dispute' });
      each.hub.tellTruth();
    }
  });

  it('and shows what the member had signed before it came back, is not obeyed', async () => {
    const { sofia, budapest, skopje, hub } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    await skopje.client.life.leave(channel, 'Over');
    await sofia.syncs();
    await sofia.adds(channel, skopje);
    await budapest.syncs();
    // Even of the leaf that it has now: a KeyPackage of last resort may have been used twice.
    const authenticatedData = await leavingOf(skopje, channel);
    const epoch = await budapest.epoch(channel);
    const event = await proposalEvent(channel, hub.externalSenderKey, { epoch, authenticatedData });
    await rewriteHistory(budapest, channel, (events) => [...events, { ...event, epoch } as ChannelEvent]);
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map((alarm) => alarm.check)).toEqual(['CLI-99']);
    expect(await budapest.memberDevices(channel)).toContain(skopje.device);
    budapest.hub.tellTruth();
  });

  it('and shows what the member was refused to leave by, is not obeyed', async () => {
    const { sofia, budapest, skopje, hub } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    skopje.hub.twist('leaveChannel', ({ body, ...request }) => ({ ...request, body: { ...(body as object), seq: 0 } }));
    const refused = { code: 'not-allowed', details: { check: 'CHN-37' } };
    await expect(skopje.client.life.leave(channel)).rejects.toMatchObject(refused);
    skopje.hub.tellTruth();
    await skopje.mustSend(channel, 'Still here');
    await budapest.syncs();
    const body = LeavingRequest.parse(skopje.hub.callsOf('leaveChannel').at(-1)?.body);
    const authenticatedData = encodeLeaving({ ...body, channel, device: skopje.device });
    const epoch = await budapest.epoch(channel);
    const event = await proposalEvent(channel, hub.externalSenderKey, { epoch, authenticatedData });
    for (const each of [budapest, skopje]) {
      await rewriteHistory(each, channel, (events) => [...events, { ...event, epoch } as ChannelEvent]);
      await each.syncs();
      expect((await each.client.alarms(channel)).map((alarm) => alarm.check)).toEqual(['CLI-99']);
      expect(await each.memberDevices(channel)).toContain(skopje.device);
      each.hub.tellTruth();
    }
  });

  it('that has left, and does not do so again after a commit without it, is noticed: nothing is sent to who has left', async () => {
    const { sofia, budapest, skopje, hub, clock } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    const authenticatedData = await leavingOf(skopje, channel);
    const event = await proposalEvent(channel, hub.externalSenderKey, { authenticatedData });
    const accomplice = await Renegade.from(sofia, channel);
    const { commit } = await accomplice.mls.commitUpdate(accomplice.group, {
      authenticatedData: accomplice.authenticatedData,
    });
    await rewriteHistory(budapest, channel, (events) => [...events, event, accomplice.commitEvent(commit)]);
    await budapest.syncs();
    expect(await budapest.client.channel(channel)).toMatchObject({ epoch: 2, standing: 'good' });
    const waits = { state: 'queued', problem: { check: 'CLI-23' } };
    expect(await budapest.sends(channel, 'Not for who has left')).toMatchObject(waits);
    clock.advance(3 * 60 * 1000);
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map((alarm) => alarm.check)).toEqual(['CLI-23']);
    budapest.hub.tellTruth();
  });

  it('whose reason ended before anybody was there is not done any more', async () => {
    const { sofia, budapest, skopje } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    sofia.hub.twist('submitCommit', (request) => ({ ...request, body: {} }));
    const tried = () => sofia.hub.callsOf('submitCommit').length;
    const before = tried();
    await community.revises({ suspend: [skopje.contactPoint] });
    await until(async () => {
      await sofia.client.sync().catch(() => undefined);
      return tried() > before;
    });
    await community.revises({ restore: [skopje.contactPoint] });
    sofia.hub.tellTruth();
    await sofia.syncs();
    await sofia.mustSend(channel, 'For all of them');
    expect(await sofia.memberDevices(channel)).toContain(skopje.device);
    expect(await sofia.client.channel(channel)).toMatchObject({ epoch: 1 });
    expect(await sofia.client.alarms(channel)).toEqual([]);
  });

  it('and hides from one member the revocation that is its reason, is noticed, and is not obeyed by that one', async () => {
    const { sofia, budapest, skopje, clock } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    // That Skopje was suspended has been over for long, as far as Budapest knows.
    clock.advance(10 * 60 * 1000);
    const params = { contactPoint: skopje.contactPoint };
    const old = (await mustCallHub(community.hub.url, 'getRevocationList', { params })) as { crl: string };
    budapest.hub.lieAboutLists(new Map([[skopje.contactPoint, old]]));
    await community.revoke(skopje);
    await until(async () => {
      await budapest.syncs();
      return (await budapest.client.alarms(channel)).length > 0;
    });
    expect((await budapest.client.alarms(channel)).map((alarm) => alarm.check)).toEqual(['CLI-48']);
    expect(await budapest.memberDevices(channel)).toContain(skopje.device);
    await sofia.syncs();
    await budapest.syncs();
    expect(await budapest.memberDevices(channel)).not.toContain(skopje.device);
    expect(await budapest.client.channel(channel)).toMatchObject({ standing: 'in-dispute' });
    budapest.hub.tellTruth();
  });
});

/** The hub proposes beside what it answers. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It did not come to that.');
}
