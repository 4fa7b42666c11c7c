import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChannelEvent, EventPage } from '#liaison/protocol';
import { type Actor, type Community, startCommunity } from '#liaison/testing';

let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;

beforeAll(async () => {
  community = await startCommunity({ cities: ['sofia', 'budapest', 'skopje'] });
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());

describe('a hub without end', () => {
  it('that has no KeyPackage left, ever, does not fill the store', async () => {
    budapest.hub.lieAbout('countKeyPackages', () => ({ oneTime: 0, lastResort: false }));
    for (let round = 0; round < 40; round += 1) await budapest.client.sync();
    const kept = async () => (await budapest.store.list('key-package/')).length;
    // What the hub still takes: a hundred for one use each, and one of last resort beside every four.
    expect(await kept()).toBe(125);
    community.clock.advance(60_000);
    budapest.hub.twist('addKeyPackages', () => ({ body: { keyPackages: [] } }));
    for (let round = 0; round < 30; round += 1) await budapest.client.sync();
    expect(await kept()).toBe(200);
    budapest.hub.tellTruth();
  });

  it('that refuses what it asked for loses nobody', async () => {
    skopje.hub.lieAbout('countKeyPackages', () => ({ oneTime: 0, lastResort: false }));
    for (let round = 0; round < 40; round += 1) await skopje.client.sync();
    skopje.hub.tellTruth();
    community.clock.advance(60_000);
    const channel = await sofia.opensChannelWith([skopje]);
    await sofia.mustSend(channel, 'Still reached');
    await skopje.mustRead(channel, 'Still reached');
  });

  it('that breaks a rule at every place is told of fifty times, and then counted', async () => {
    const channel = await sofia.opensChannelWith([skopje]);
    await sofia.mustSend(channel, 'True');
    skopje.hub.lieAbout('listEvents', (answer) => {
      const page = answer as EventPage;
      const foreign = (event: ChannelEvent, seq: number) => ({ ...event, channel: crypto.randomUUID(), seq });
      const [first] = page.events;
      const many = first === undefined ? [] : Array.from({ length: 120 }, (_, index) => foreign(first, index + 1));
      return { ...page, events: [...many, ...page.events] };
    });
    await skopje.syncs();
    const alarms = (await skopje.client.alarms(channel)).filter(({ check }) => check === 'CLI-11');
    expect(alarms).toHaveLength(51);
    expect(alarms.filter(({ further }) => further !== undefined)).toMatchObject([{ further: 70 }]);
    expect(await skopje.subjects(channel)).toEqual(['True']);
  });
});
