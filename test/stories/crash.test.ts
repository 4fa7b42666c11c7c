import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memoryStore, type MemoryStore } from '#liaison/client';
import { type Actor, type Community, startCommunity } from '#liaison/testing';

/** Remembers what the store was like after each write: where a crash could have left it. */
function recordingStore(from: MemoryStore): { store: MemoryStore; crashes: MemoryStore[] } {
  const crashes: MemoryStore[] = [];
  const store = from.snapshot();
  const write = store.write.bind(store);
  store.write = async (changes) => {
    await write(changes);
    crashes.push(store.snapshot());
  };
  return { store, crashes };
}

/** What a device does whose store is from before a crash: it starts, synchronises and must be whole again. */
async function mustRecover(actor: Actor, crashes: readonly MemoryStore[], check: () => Promise<void>): Promise<void> {
  expect(crashes.length).toBeGreaterThan(1);
  for (const crash of crashes) {
    await (await actor.starts(crash)).syncs();
    await actor.mustSeeNoAlarm();
    await check();
  }
}

describe('a crash', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity();
  });
  afterAll(() => community.stop());

  it('after which the answer never came sends the same bytes again, and the record is stored once', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    sofia.hub.loseAnswersOf('submitRecord');
    const item = await sofia.sends(channel, 'Stored, but nobody told us');
    expect(item.state).toBe('sending');
    await sofia.starts(sofia.store.snapshot());
    sofia.hub.comeBack();
    await sofia.syncs();
    const [first, second] = sofia.hub.callsOf('submitRecord').filter(({ params }) => params?.['channel'] === channel);
    expect(second ?? first).toEqual(first);
    await budapest.mustRead(channel, 'Stored, but nobody told us');
    await sofia.mustRead(channel, 'Stored, but nobody told us');
    expect((await sofia.client.outbox()).find(({ id }) => id === item.id)).toMatchObject({ state: 'stored' });
  });

  it('at any write while sending leaves a device that recovers, and one record', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    const { store, crashes } = recordingStore(sofia.store);
    await (await sofia.starts(store)).syncs();
    crashes.length = 0;
    await sofia.mustSend(channel, 'Only once');
    await sofia.syncs();
    await mustRecover(sofia, crashes, async () => {
      await sofia.mustRead(channel, 'Only once');
    });
    await budapest.mustRead(channel, 'Only once');
    await budapest.mustSeeNoAlarm();
    await sofia.starts(store);
  });

  it.each(['an addition', 'an update'])(
    'at any write during %s leaves a device in the same epoch as the others',
    async (what) => {
      const { sofia, budapest, skopje } = community;
      const contactPoints = [budapest.contactPoint, skopje.contactPoint];
      const channel = await sofia.opensChannelWith([budapest], { contactPoints });
      const { store, crashes } = recordingStore(sofia.store);
      await sofia.starts(store);
      if (what === 'an update') await sofia.client.updateKeys(channel);
      else await sofia.client.addMembers(channel, [skopje.device]);
      await budapest.syncs();
      await mustRecover(sofia, crashes, async () => {
        expect(await sofia.authenticator(channel)).toBe(await budapest.authenticator(channel));
      });
      await sofia.starts(store);
    },
  );

  it('at any write while joining leaves a device that joins', async () => {
    const { sofia, budapest } = community;
    const { store, crashes } = recordingStore(budapest.store);
    const { id } = await sofia.client.createChannel({
      kind: 'bilateral',
      ceiling: 'RESTRICTED',
      contactPoints: [budapest.contactPoint],
      devices: [budapest.device],
    });
    await sofia.mustSend(id, 'Welcome');
    await budapest.starts(store);
    // The Welcome stays with the hub: the answer to its deletion is lost, as in a crash just before.
    budapest.hub.twist('endWelcome', (request) => ({ ...request, params: { welcome: 'none' } }));
    await budapest.syncs();
    await mustRecover(budapest, crashes, () => budapest.mustRead(id, 'Welcome').then(() => undefined));
    budapest.hub.tellTruth();
    await (await budapest.starts(store)).syncs();
  });

  it('that loses a commit’s answer does not commit twice', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    const before = await sofia.epoch(channel);
    sofia.hub.loseAnswersOf('submitCommit');
    await expect(sofia.client.updateKeys(channel)).rejects.toMatchObject({ code: 'unavailable' });
    await sofia.starts(sofia.store.snapshot());
    sofia.hub.comeBack();
    await sofia.syncs();
    await budapest.syncs();
    expect(await sofia.epoch(channel)).toBe(before + 1);
    expect(await sofia.authenticator(channel)).toBe(await budapest.authenticator(channel));
  });

  it('that takes all local data is mended by joining again', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest]);
    await sofia.mustSend(channel, 'Before the loss');
    await budapest.mustRead(channel, 'Before the loss');
    const old = budapest.store;
    await budapest.losesState();
    await budapest.syncs();
    expect(await budapest.client.channel(channel)).toMatchObject({ membership: 'lost' });
    await expect(budapest.sends(channel, 'No keys')).rejects.toMatchObject({ code: 'not-allowed' });
    await budapest.client.rejoin(channel);
    await sofia.mustSend(channel, 'After the loss');
    await budapest.mustRead(channel, 'After the loss');
    await budapest.mustSend(channel, 'I am back');
    await sofia.mustRead(channel, 'I am back');
    const [card] = await budapest.failures(channel);
    expect(card).toMatchObject({ header: { sender: sofia.device }, card: { check: 'CLI-50', contentLost: 'here' } });
    await budapest.mustSeeNoAlarm();
    await sofia.mustSeeNoAlarm();
    await (await budapest.starts(memoryStore())).syncs();
    expect(old).not.toBe(budapest.store);
  });
});
