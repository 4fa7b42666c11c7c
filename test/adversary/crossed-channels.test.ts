import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalJson, type ChannelId, ContactPointId, type RecordHeader, utf8 } from '#liaison/protocol';
import {
  type Actor,
  type Community,
  type Forgery,
  mustCallHub,
  recordEvent,
  Renegade,
  rewriteHistory,
  startCommunity,
} from '#liaison/testing';

let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;

beforeAll(async () => {
  community = await startCommunity();
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());

const ACKNOWLEDGED = utf8(
  canonicalJson({ v: 1, type: 'acknowledgement', state: 'acknowledged', at: '2026-01-01T00:00:00.000Z' }),
);
const NAMED = utf8(canonicalJson({ v: 1, type: 'channel-title', title: 'Renamed' }));

/** What a member with the keys makes is taken by the true hub, which sees headers only. */
async function posts(actor: Actor, channel: ChannelId, forgery: Forgery): Promise<void> {
  await actor.syncs();
  const body = await (await Renegade.from(actor, channel)).forge(forgery);
  const { token } = await actor.client.signIn();
  await mustCallHub(community.hub.url, 'submitRecord', { params: { channel }, body, token });
}

const checksOf = async (actor: Actor, channel: ChannelId) =>
  (await actor.client.alarms(channel)).map(({ check }) => check);

describe('a member that takes what belongs to another channel', () => {
  it('cannot suppress a record by using its id', async () => {
    const here = await sofia.opensChannelWith([budapest, skopje]);
    const there = await sofia.opensChannelWith([budapest, skopje]);
    const { id } = await sofia.mustSend(there, 'Alert');
    await posts(skopje, here, { header: { id } });
    await budapest.syncs();
    expect(await budapest.subjects(here)).toEqual(['Forged']);
    expect(await budapest.subjects(there)).toEqual(['Alert']);
    expect(await budapest.client.read(there, id)).toMatchObject({ record: { body: { subject: 'Alert' } } });
    expect(await budapest.client.read(here, id)).toMatchObject({ record: { body: { subject: 'Forged' } } });
    expect(await budapest.client.alarms()).toEqual([]);
  });

  it('cannot acknowledge a record that it was never shown', async () => {
    const shared = await sofia.opensChannelWith([budapest, skopje]);
    const ofTwo = await sofia.opensChannelWith([budapest]);
    const { id } = await sofia.mustSend(ofTwo, 'For Budapest alone');
    await posts(skopje, shared, {
      header: { kind: 'acknowledgement', inReplyTo: id },
      plaintext: ACKNOWLEDGED,
    });
    await sofia.syncs();
    expect(await sofia.client.read(ofTwo, id)).toMatchObject({ acknowledgements: [] });
  });
});

describe('a member whose kind of record is not what it carries', () => {
  async function withReader(): Promise<ChannelId> {
    const contactPoints = ['bg', 'hu', 'mk'].map((id) => ContactPointId.parse(id));
    const roles = { bg: ['administer', 'post', 'read'], hu: ['post', 'read'], mk: ['read'] } as const;
    return sofia.opensChannelWith([budapest, skopje], { contactPoints, roles });
  }

  const id = '01a1ff78-765a-70b6-9e46-476f2b886b5b' as RecordHeader['id'];
  const cases: readonly (readonly [string, Forgery])[] = [
    ['content as an acknowledgement', { header: { kind: 'acknowledgement', inReplyTo: id } }],
    ['a title as an acknowledgement', { header: { kind: 'acknowledgement', inReplyTo: id }, plaintext: NAMED }],
  ];

  it.each(cases)('cannot post %s where it may only read (CLI-21)', async (_what, forgery) => {
    const channel = await withReader();
    await posts(skopje, channel, forgery);
    await budapest.syncs();
    expect(await checksOf(budapest, channel)).toEqual(['CLI-21']);
    expect(await budapest.opened(channel)).toEqual([]);
  });

  it.each<readonly [string, Forgery]>([
    ['an acknowledgement as another kind', { header: { kind: 'alert', inReplyTo: id }, plaintext: ACKNOWLEDGED }],
    ['a title as a message', { plaintext: NAMED }],
  ])('cannot pass off %s (CLI-21)', async (_what, forgery) => {
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    await posts(skopje, channel, forgery);
    await budapest.syncs();
    expect(await checksOf(budapest, channel)).toEqual(['CLI-21']);
    expect(await budapest.opened(channel)).toEqual([]);
  });

  it('cannot acknowledge nothing: the hub refuses (REC-19), and so does every member (CLI-21)', async () => {
    const channel = await withReader();
    const forgery: Forgery = { header: { kind: 'acknowledgement' }, plaintext: ACKNOWLEDGED };
    await expect(posts(skopje, channel, forgery)).rejects.toThrow('REC-19');
    const event = recordEvent(channel, await (await Renegade.from(skopje, channel)).forge(forgery));
    await rewriteHistory(budapest, channel, (events) => [...events, event]);
    await budapest.syncs();
    budapest.hub.tellTruth();
    expect(await checksOf(budapest, channel)).toEqual(['CLI-21']);
  });

  it('is told so before sending', async () => {
    const channel = await sofia.opensChannelWith([budapest]);
    await expect(budapest.sends(channel, 'Text', { kind: 'acknowledgement' })).rejects.toMatchObject({
      code: 'malformed',
      details: { check: 'CLI-21' },
    });
  });
});
