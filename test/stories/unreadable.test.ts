import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ContactPointId } from '#liaison/protocol';
import { type Community, recordEvent, Renegade, rewriteHistory, startCommunity } from '#liaison/testing';

describe('what cannot be read', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity({ cities: ['sofia', 'budapest', 'skopje'] });
  });
  afterAll(() => community.stop());

  it('CLI-52: an own record that the restored store does not know says that the others can read it', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    const backup = sofia.store.snapshot();
    await sofia.mustSend(channel, 'Sent after the backup');
    await (await sofia.starts(backup)).syncs();
    const [failure] = await sofia.failures(channel);
    expect(failure).toMatchObject({ header: { sender: sofia.device }, card: { check: 'CLI-52', contentLost: 'here' } });
    await sofia.mustSeeNoAlarm();
    await budapest.mustRead(channel, 'Sent after the backup');
  });

  it('CLI-51: a record from an epoch that this device refused to enter says which change it refused', async () => {
    const { sofia, budapest, skopje } = community;
    const roles = { bg: ['administer', 'post', 'read'], hu: ['post', 'read'], mk: ['read'] } as const;
    const contactPoints = ['bg', 'hu', 'mk'].map((id) => ContactPointId.parse(id));
    const channel = await sofia.opensChannelWith([budapest, skopje], { contactPoints, roles });
    const renegade = await Renegade.from(skopje, channel);
    const { authenticatedData } = renegade;
    const { commit } = await renegade.mls.commitRemove(renegade.group, [0], { authenticatedData });
    const { epoch } = await budapest.client.channel(channel);
    const later = recordEvent(channel, await renegade.forge({ header: { epoch: epoch + 1 } }));
    await rewriteHistory(budapest, channel, () => [renegade.commitEvent(commit), later]);
    await budapest.syncs();
    const [failure] = await budapest.failures(channel);
    expect(failure?.card).toMatchObject({ check: 'CLI-51', whatHappened: expect.stringContaining('CLI-34') });
    budapest.hub.tellTruth();
  });

  it('CLI-03: an answer that the contract does not know is refused, and nothing of it is used', async () => {
    const { budapest } = community;
    for (const answer of [undefined, { channels: [{ id: 'not an id' }] }]) {
      budapest.hub.lieAbout('listChannels', () => answer);
      await expect(budapest.client.sync()).resolves.toMatchObject({
        problems: [{ code: 'integrity', check: 'CLI-03' }],
      });
    }
    budapest.hub.tellTruth();
    await budapest.syncs();
  });
});
