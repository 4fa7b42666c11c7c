import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Community, startCommunity } from '#liaison/testing';

describe('joining', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity({ devices: ['bg:petrova:phone'] });
  });
  afterAll(() => community.stop());

  it('shows what comes after, nothing of before', async () => {
    const { sofia, budapest, skopje } = community;
    const channel = await sofia.opensChannelWith([budapest], {
      contactPoints: [budapest.contactPoint, skopje.contactPoint],
    });
    await sofia.mustSend(channel, 'Before');
    await budapest.mustRead(channel, 'Before');
    await sofia.adds(channel, skopje);
    await sofia.mustSend(channel, 'After');
    await skopje.mustRead(channel, 'After');
    await skopje.mustNotRead(channel, 'Before');
    expect(await skopje.memberDevices(channel)).toEqual(await sofia.memberDevices(channel));
    await skopje.mustSeeNoAlarm();
  });

  it('shows what the channel is called, though that was said before', async () => {
    const { sofia, budapest, skopje } = community;
    const channel = await sofia.opensChannelWith([budapest], {
      contactPoints: [budapest.contactPoint, skopje.contactPoint],
      title: 'Smuggling by truck',
      caseNumber: 'BG-2026-118',
    });
    await sofia.adds(channel, skopje);
    expect(await skopje.client.channel(channel)).toMatchObject({
      title: 'Smuggling by truck',
      caseNumber: 'BG-2026-118',
    });
    await sofia.client.addMembers(channel, [skopje.device]);
    await skopje.syncs();
    const titles = (await skopje.opened(channel)).filter(({ header }) => header.kind === 'profile');
    expect(titles).toHaveLength(1);
  });

  it('takes the hub’s word for the history until a member confirms it', async () => {
    const { sofia, budapest, skopje } = community;
    const channel = await sofia.opensChannelWith([budapest], {
      contactPoints: [budapest.contactPoint, skopje.contactPoint],
    });
    await sofia.mustSend(channel, 'Before');
    await sofia.adds(channel, skopje);
    expect(await skopje.client.channel(channel)).toMatchObject({ historyConfirmed: false });
    await sofia.mustSend(channel, 'I have seen you join');
    await skopje.mustRead(channel, 'I have seen you join');
    expect(await skopje.client.channel(channel)).toMatchObject({ historyConfirmed: true });
  });

  it('gives two devices of one officer the same channel, each its own keys', async () => {
    const { sofia, budapest } = community;
    const phone = community.device('bg:petrova:phone');
    const channel = await sofia.opensChannelWith([budapest, phone]);
    await sofia.mustSend(channel, 'From the desk');
    await phone.mustRead(channel, 'From the desk');
    await phone.mustSend(channel, 'From the phone');
    await sofia.mustRead(channel, 'From the phone');
    await budapest.mustRead(channel, 'From the phone');
    expect((await sofia.memberDevices(channel)).sort()).toEqual([sofia.device, phone.device, budapest.device].sort());
  });

  it('works for a device that is away, by its last resort once its KeyPackages are used up', async () => {
    const { sofia, baghdad } = community;
    const channels = [];
    for (let each = 1; each <= 6; each += 1) {
      const { id } = await sofia.client.createChannel({
        kind: 'bilateral',
        ceiling: 'RESTRICTED',
        contactPoints: [baghdad.contactPoint],
        devices: [baghdad.device],
      });
      await sofia.mustSend(id, `Channel ${each}`);
      channels.push(id);
    }
    await baghdad.syncs();
    for (const [index, channel] of channels.entries()) await baghdad.mustRead(channel, `Channel ${index + 1}`);
    await baghdad.mustSeeNoAlarm();
  });

  it('says whom it could not add', async () => {
    const { sofia, rome } = community;
    const { id } = await sofia.client.createChannel({
      kind: 'bilateral',
      ceiling: 'RESTRICTED',
      contactPoints: [rome.contactPoint],
    });
    expect(await sofia.client.addMembers(id, [rome.device])).toEqual({ missing: [rome.device] });
  });
});
