import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Community, startCommunity } from '#liaison/testing';

describe('two countries exchange an alert', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity();
  });
  afterAll(() => community.stop());

  it('is sent, read and acknowledged, and both see the same history', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest], {
      title: 'Smuggling by truck',
      caseNumber: 'BG-2026-118',
    });

    const sent = await sofia.mustSend(channel, 'A truck leaves in 48 hours', { kind: 'alert', priority: 'urgent' });
    const read = await budapest.mustRead(channel, 'A truck leaves in 48 hours');
    expect(read).toMatchObject({
      sender: sofia.device,
      header: { id: sent.id, kind: 'alert', priority: 'urgent' },
      own: false,
    });
    expect(await budapest.client.channel(channel)).toMatchObject({
      title: 'Smuggling by truck',
      caseNumber: 'BG-2026-118',
    });

    await budapest.client.acknowledge(channel, sent.id, 'acknowledged');
    await sofia.syncs();
    expect(await sofia.client.read(channel, sent.id)).toMatchObject({
      outcome: 'opened',
      record: { own: true },
      acknowledgements: [{ state: 'acknowledged', device: budapest.device }],
    });
    expect(await budapest.authenticator(channel)).toBe(await sofia.authenticator(channel));
    await sofia.mustSeeNoAlarm();
    await budapest.mustSeeNoAlarm();
  });
});
