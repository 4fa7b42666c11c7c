import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Actor, type Community, mustCallHub, Renegade, startCommunity } from '#liaison/testing';
import { findRecord } from '../src/desk/all-records.js';

let community: Community;
let sofia: Actor;
let budapest: Actor;

beforeAll(async () => {
  community = await startCommunity({ cities: ['sofia', 'budapest'] });
  ({ sofia, budapest } = community);
});
afterAll(() => community.stop());

describe('an id that stands in two channels', () => {
  it('is called ambiguous, and found where the channel is named', async () => {
    const honest = await sofia.opensChannelWith([budapest]);
    const forged = await sofia.opensChannelWith([budapest]);
    const { id } = await sofia.mustSend(honest, 'True');
    await budapest.syncs();
    const body = await (await Renegade.from(budapest, forged)).forge({ header: { id } });
    const { token } = await budapest.client.signIn();
    await mustCallHub(community.hub.url, 'submitRecord', { params: { channel: forged }, body, token });
    await sofia.syncs();
    await expect(findRecord(sofia.client, id)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(honest),
    });
    const named = await findRecord(sofia.client, id, [await sofia.client.channel(forged)]);
    expect(named.record.body.subject).toBe('Forged');
  });
});
