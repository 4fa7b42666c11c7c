import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ContactPointId } from '#liaison/protocol';
import { type Community, startCommunity } from '#liaison/testing';

const BOTH_ADMINISTER = {
  bg: ['administer', 'post', 'read'],
  hu: ['administer', 'post', 'read'],
  mk: ['post', 'read'],
  iq: ['read'],
} as const;
const ALL = ['bg', 'hu', 'mk', 'iq'].map((id) => ContactPointId.parse(id));

describe('membership', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity();
  });
  afterAll(() => community.stop());

  it('survives commits made at the same time: one wins, the other is made again', async () => {
    const { sofia, budapest, skopje, baghdad } = community;
    const channel = await sofia.opensChannelWith([budapest], { contactPoints: ALL, roles: BOTH_ADMINISTER });
    await Promise.all([
      sofia.client.addMembers(channel, [skopje.device]),
      budapest.client.addMembers(channel, [baghdad.device]),
      budapest.client.updateKeys(channel),
    ]);
    for (const each of [sofia, budapest, skopje, baghdad]) await each.syncs();
    expect(new Set(await sofia.memberDevices(channel))).toEqual(
      new Set([sofia.device, budapest.device, skopje.device, baghdad.device]),
    );
    const authenticators = await Promise.all(
      [sofia, budapest, skopje, baghdad].map((each) => each.authenticator(channel)),
    );
    expect(new Set(authenticators).size).toBe(1);
    for (const each of [sofia, budapest, skopje, baghdad]) await each.mustSeeNoAlarm();
  });

  it('that has ended reads nothing more, and keeps what it has read', async () => {
    const { sofia, budapest, skopje } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    await sofia.mustSend(channel, 'For three');
    await skopje.mustRead(channel, 'For three');
    await sofia.client.removeMembers(channel, [skopje.device]);
    await sofia.mustSend(channel, 'For two');
    await budapest.mustRead(channel, 'For two');
    await skopje.mustNotRead(channel, 'For two');
    expect(await skopje.client.channel(channel)).toMatchObject({ membership: 'removed' });
    expect(await skopje.subjects(channel)).toEqual(['For three']);
    await expect(skopje.sends(channel, 'Still here?')).rejects.toMatchObject({ code: 'not-allowed' });
    expect((await skopje.store.list(`group/${channel}`)).length).toBe(0);
    await skopje.mustSeeNoAlarm();
  });

  it('can begin again: what lies between stays closed', async () => {
    const { sofia, budapest, skopje } = community;
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    await sofia.client.removeMembers(channel, [skopje.device]);
    await sofia.mustSend(channel, 'Between');
    await sofia.adds(channel, skopje);
    await sofia.mustSend(channel, 'Again');
    await skopje.mustRead(channel, 'Again');
    await skopje.mustNotRead(channel, 'Between');
    await skopje.mustSeeNoAlarm();
  });

  it('gives roles: who may only read acknowledges, and posts nothing', async () => {
    const { sofia, baghdad } = community;
    const channel = await sofia.opensChannelWith([baghdad], {
      roles: { bg: ['administer', 'post', 'read'], iq: ['read'] },
    });
    const item = await sofia.mustSend(channel, 'Read this');
    await baghdad.mustRead(channel, 'Read this');
    await expect(baghdad.sends(channel, 'An answer')).rejects.toMatchObject({
      code: 'not-allowed',
      details: { check: 'CLI-18' },
    });
    expect(await baghdad.client.acknowledge(channel, item.id, 'read')).toMatchObject({ state: 'stored' });
    await expect(baghdad.client.updateKeys(channel)).resolves.toBeUndefined();
    await expect(baghdad.client.removeMembers(channel, [sofia.device])).rejects.toMatchObject({ code: 'not-allowed' });
    await sofia.syncs();
    await sofia.mustSeeNoAlarm();
  });

  it('refuses what the channel may not carry before it leaves the device', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    const marking = { classification: 'SECRET' as const, handling: [], caveats: [] };
    await expect(sofia.sends(channel, 'Too high', { marking })).rejects.toMatchObject({ details: { check: 'CLI-16' } });
    const releasableTo = [ContactPointId.parse('fr')];
    await expect(sofia.sends(channel, 'For others', { releasableTo })).rejects.toMatchObject({
      details: { check: 'CLI-17' },
    });
  });
});
