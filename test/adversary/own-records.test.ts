import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ChannelEvent,
  type ChannelId,
  decodeHeader,
  type EventPage,
  fromUtf8,
  type Receipt,
  toBase64url,
} from '#liaison/protocol';
import { type Actor, type Community, rewriteHistory, startCommunity } from '#liaison/testing';

let community: Community;
let channel: ChannelId;
let sofia: Actor;
let budapest: Actor;

beforeAll(async () => {
  community = await startCommunity({ cities: ['sofia', 'budapest'] });
  ({ sofia, budapest } = community);
});
afterAll(() => community.stop());

/** Budapest is the one that sends, and is lied to. */
beforeEach(async () => {
  budapest.hub.tellTruth();
  channel = await sofia.opensChannelWith([budapest]);
  await budapest.syncs();
});

const stateOf = async (id: string) => (await budapest.client.outbox()).find((item) => item.id === id)?.state;
const checks = async () => (await budapest.client.alarms(channel)).map(({ check }) => check);

describe('a hub that confirms a record and drops it', () => {
  it('at a place far ahead is found out by the next look, and the record is sent again (CLI-43)', async () => {
    const { seq } = await budapest.client.channel(channel);
    budapest.hub.lieAbout('submitRecord', (answer) => ({ ...(answer as Receipt), seq: 9_000_000 }));
    budapest.hub.lieAboutEnds(new Map([[channel, seq]]));
    budapest.hub.lieAbout('listEvents', (answer) => {
      const events = (answer as EventPage).events.filter((event: ChannelEvent) => event.seq <= seq);
      return { events, lastSeq: seq };
    });
    const { id } = await budapest.mustSend(channel, 'Dropped');
    const sent = () => budapest.hub.callsOf('submitRecord').filter(({ params }) => params?.['channel'] === channel);
    expect(sent()).toHaveLength(1);
    await budapest.client.sync();
    // Where the log is fast, its proof (CLI-73) shows the false place as well.
    expect(await checks()).toContain('CLI-43');
    expect((await budapest.client.channel(channel)).standing).toBe('in-dispute');
    expect(sent()).toHaveLength(2);
    expect(sent()[1]).toEqual(sent()[0]);
    budapest.hub.tellTruth();
    await budapest.syncs();
    expect(await stateOf(id)).toBe('stored');
    await budapest.mustRead(channel, 'Dropped');
    await sofia.mustRead(channel, 'Dropped');
  });

  it('is not suspected while the record is on its way', async () => {
    const sent = budapest.sends(channel, 'At the same time');
    await Promise.all([sent, budapest.client.sync(), budapest.client.sync()]);
    await budapest.syncs();
    expect(await checks()).toEqual([]);
  });
});

describe('a hub that shows the sender another body', () => {
  it('does not empty the outbox (CLI-15)', async () => {
    budapest.hub.loseAnswersOf('submitRecord');
    const { id } = await budapest.sends(channel, 'The only copy');
    budapest.hub.tellTruth();
    await rewriteHistory(budapest, channel, (events) => events.map(withAnotherBody));
    await budapest.syncs();
    expect(await checks()).toContain('CLI-15');
    expect(await stateOf(id)).not.toBe('stored');
    const kept = await budapest.store.get(`outbox/open/${id}`);
    expect(kept && fromUtf8(kept)).toContain('The only copy');
  });

  it('does not pass it off as stored where the receipt came first', async () => {
    const { seq } = await budapest.client.channel(channel);
    budapest.hub.lieAbout('submitRecord', (answer) => ({ ...(answer as Receipt), seq: seq + 2 }));
    const { id } = await budapest.mustSend(channel, 'The only copy');
    budapest.hub.tellTruth();
    await sofia.mustSend(channel, 'Next');
    await rewriteHistory(budapest, channel, (events) => events.map(withAnotherBody));
    await budapest.syncs();
    expect(await checks()).toEqual(expect.arrayContaining(['CLI-15', 'CLI-43']));
    const kept = await budapest.store.get(`outbox/open/${id}`);
    expect(kept && fromUtf8(kept)).toContain('The only copy');
  });

  function withAnotherBody(event: ChannelEvent): ChannelEvent {
    if (event.type !== 'record') return event;
    const body = new Uint8Array(decodeHeader(event.record.header).bodySize).fill(1);
    return { ...event, record: { ...event.record, body: toBase64url(body) } };
  }
});

describe('a device whose store was put back to an older copy', () => {
  it('notices that it has sent since, takes fresh keys, and everybody reads what it sends next', async () => {
    const copy = budapest.store.snapshot();
    await budapest.mustSend(channel, 'Before the copy was put back');
    await budapest.starts(copy);
    const before = await budapest.epoch(channel);
    await budapest.syncs();
    expect(await budapest.epoch(channel)).toBe(before + 1);
    expect((await budapest.failures(channel)).map(({ card }) => card.check)).toEqual(['CLI-52']);
    await budapest.mustSend(channel, 'After');
    await sofia.mustRead(channel, 'Before the copy was put back');
    await sofia.mustRead(channel, 'After');
    expect(await sofia.failures(channel)).toEqual([]);
    await sofia.mustSeeNoAlarm();
  });

  it('sends nothing before it has looked', async () => {
    const copy = budapest.store.snapshot();
    await budapest.mustSend(channel, 'Before the copy was put back');
    await budapest.starts(copy);
    await budapest.mustSend(channel, 'At once');
    await sofia.mustRead(channel, 'At once');
    expect(await sofia.failures(channel)).toEqual([]);
  });

  it('does not send again what its earlier self had sent', async () => {
    budapest.hub.goAway();
    const { id } = await budapest.sends(channel, 'Waiting');
    const copy = budapest.store.snapshot();
    budapest.hub.comeBack();
    await sofia.client.updateKeys(channel);
    await budapest.syncs();
    expect(await stateOf(id)).toBe('stored');
    await budapest.starts(copy);
    await budapest.syncs();
    expect(await stateOf(id)).toBe('stored');
    await sofia.mustRead(channel, 'Waiting');
  });
});
