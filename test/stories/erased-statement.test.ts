import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Community, startCommunity } from '#liaison/testing';

const DAY = 24 * 60 * 60 * 1000;
let community: Community;

beforeAll(async () => {
  community = await startCommunity();
});
afterAll(() => community.stop());

describe('a withdrawal whose words were erased before a device read it', () => {
  it('is heeded all the same, by its header', async () => {
    const { sofia, budapest, baghdad } = community;
    const channel = await sofia.opensChannelWith([budapest, baghdad], { reviewDays: 1 });
    const { id: record } = await sofia.mustSend(channel, 'To be taken back');
    await baghdad.mustRead(channel, 'To be taken back');
    const { id: withdrawal } = await sofia.client.marks.withdraw({ channel, record }, 'It was the wrong person');
    community.clock.advance(2 * DAY);
    expect(await sofia.client.log.erase(channel, [withdrawal], 'Closed')).toEqual([
      { record: withdrawal, index: expect.any(Number) },
    ]);
    await baghdad.syncs();
    const view = await baghdad.client.read(channel, record);
    expect(view).toMatchObject({ outcome: 'failed', withdrawn: { by: 'bg', record: withdrawal } });
    await baghdad.mustSeeNoAlarm();
  });
});
