import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SigningKey, signWhole } from '#liaison/crypto';
import { proposeRemoval } from '#liaison/mls-framing';
import { type ChannelEvent, type ChannelId, toBase64url, utf8 } from '#liaison/protocol';
import { type Community, rewriteHistory, startCommunity } from '#liaison/testing';

describe('a hub that proposes to remove a member', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity({ cities: ['sofia', 'budapest', 'skopje'] });
  });
  afterAll(() => community.stop());

  async function proposalEvent(channel: ChannelId, key: SigningKey): Promise<ChannelEvent> {
    const removal = { groupId: utf8(channel), epoch: 1, leafIndex: 2 };
    const proposal = toBase64url(await proposeRemoval(removal, (message) => signWhole(message, key)));
    return { type: 'proposal', channel, seq: 1, at: new Date().toISOString(), chain: '', epoch: 1, proposal };
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
});
