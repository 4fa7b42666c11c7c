import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RouteName } from '#liaison/protocol';
import { type Community, startCommunity } from '#liaison/testing';

/** What a client asks when it synchronises and sends. */
const ASKED: readonly RouteName[] = [
  'getRoster',
  'findRevocationLists',
  'createChallenge',
  'createSession',
  'countKeyPackages',
  'listChannels',
  'listEvents',
  'getChannel',
  'submitRecord',
  'putCursor',
  'listWelcomes',
  'claimKeyPackages',
];
const NONSENSE = [undefined, 7, [], { events: [{}], lastSeq: -1 }, { welcomes: [{ id: 7 }], roster: '{}', crl: 'A' }];

describe('a hub that answers nonsense', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity({ cities: ['sofia', 'budapest'] });
  });
  afterAll(() => community.stop());

  it.each(ASKED)('to %s ends no client and opens nothing', async (route) => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    for (const nonsense of NONSENSE) {
      budapest.hub.lieAbout(route, () => nonsense);
      await budapest.starts();
      await budapest.client.sync().catch(mustBePlain);
      await budapest.sends(channel, 'Into the void').catch(mustBePlain);
    }
    budapest.hub.tellTruth();
    await budapest.syncs();
    await sofia.mustSend(channel, 'Still here');
    await budapest.mustRead(channel, 'Still here');
  });
});

function mustBePlain(error: unknown): void {
  expect(error).toMatchObject({ name: 'LiaisonError' });
}
