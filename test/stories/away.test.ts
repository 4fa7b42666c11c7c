import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LiaisonError } from '#liaison/protocol';
import { type Community, startCommunity } from '#liaison/testing';

const DAY = 24 * 60 * 60 * 1000;

describe('being away', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity();
  });
  afterAll(() => community.stop());

  it('costs nothing: a desk that was off for a day reads all of it, through every epoch', async () => {
    const { sofia, budapest, skopje, clock } = community;
    const channel = await sofia.opensChannelWith([budapest], {
      contactPoints: [budapest.contactPoint, skopje.contactPoint],
    });
    await sofia.mustSend(channel, 'One');
    await sofia.client.updateKeys(channel);
    await sofia.mustSend(channel, 'Two');
    clock.advance(DAY);
    await sofia.adds(channel, skopje);
    await skopje.mustSend(channel, 'Three');
    await budapest.syncs();
    expect(await budapest.subjects(channel)).toEqual(['One', 'Two', 'Three']);
    expect(await budapest.authenticator(channel)).toBe(await skopje.authenticator(channel));
    await budapest.mustSeeNoAlarm();
  });

  it('queues what is written without a connection and sends it once there is one', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    sofia.hub.goAway();
    const item = await sofia.sends(channel, 'Written in a tunnel');
    expect(item).toMatchObject({ state: 'sending', problem: { code: 'unavailable' } });
    sofia.hub.comeBack();
    await sofia.syncs();
    expect(await sofia.client.outbox()).toContainEqual(expect.objectContaining({ id: item.id, state: 'stored' }));
    await budapest.mustRead(channel, 'Written in a tunnel');
  });

  it('encrypts again, under the same id, what was written before the channel moved on', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    sofia.hub.goAway();
    const item = await sofia.sends(channel, 'Written in epoch 1');
    await budapest.client.updateKeys(channel);
    sofia.hub.comeBack();
    await sofia.syncs();
    const read = await budapest.mustRead(channel, 'Written in epoch 1');
    expect(read.header).toMatchObject({ id: item.id, epoch: 2 });
    await budapest.mustSeeNoAlarm();
  });

  it('of the hub is survived by those who are connected', async () => {
    const { sofia, budapest, hub } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    const read: string[] = [];
    budapest.client.listen((event) => {
      if (event.type === 'record' && event.record.body.type === 'content') read.push(event.record.body.subject);
    });
    // It goes away while Budapest catches up with it, and the connection does not end by that.
    let isAway = true;
    budapest.hub.lieAbout('getRoster', (answer) => {
      if (!isAway) return answer;
      isAway = false;
      throw new LiaisonError('unavailable', 'The hub cannot be reached.');
    });
    await budapest.client.connect();
    await sofia.client.connect();
    await sofia.mustSend(channel, 'Before the restart');
    await eventually(() => read.includes('Before the restart'));
    await hub.goDown();
    await sofia.sends(channel, 'During the restart');
    await hub.goUp();
    await eventually(() => read.includes('During the restart'));
    expect(read).toEqual(['Before the restart', 'During the restart']);
    await sofia.mustSend(channel, 'After the restart');
    await eventually(() => read.includes('After the restart'));
    sofia.client.disconnect();
    budapest.client.disconnect();
    await budapest.mustSeeNoAlarm();
    await sofia.mustSeeNoAlarm();
  });
});

async function eventually(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 25) {
    if (waited > 15_000) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
