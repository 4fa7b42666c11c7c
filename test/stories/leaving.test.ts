import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelId, ContactPointId, fromBase64url, type RecordEnvelope } from '#liaison/protocol';
import { type Actor, type Community, Renegade, startCommunity } from '#liaison/testing';

const ALL = ['bg', 'hu', 'mk'].map((id) => ContactPointId.parse(id));

let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;

/** Each leaves in one of the stories. */
const LEAVING = [
  'bg:petrova:phone',
  'bg:petrova:laptop',
  'bg:petrova:tablet',
  'bg:ivanov:desk-1',
  'hu:ivanov:desk-1',
  'hu:nagy:desk-1',
  'hu:nagy:phone',
  'hu:admin:desk-1',
] as const;
const COMPROMISED = ['mk:one:desk-1', 'mk:two:desk-1', 'mk:three:desk-1'] as const;

beforeAll(async () => {
  community = await startCommunity({
    cities: ['sofia', 'budapest', 'skopje'],
    devices: [...LEAVING, ...COMPROMISED],
  });
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());

/** The hub proposes beside what it answers: it has had the time for it when this resolves. */
async function proposed(member: Actor, channel: ChannelId, gone: Actor): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    await member.syncs();
    if (!(await member.memberDevices(channel)).includes(gone.device)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${gone.device} is still a member.`);
}

/** What it has read it keeps; the hub gives it nothing, and what it might overhear it cannot open. */
async function mustBeOut(gone: Actor, channel: ChannelId, sender: Actor, had: readonly string[]): Promise<void> {
  await proposed(sender, channel, gone);
  await sender.mustSend(channel, 'For those who stayed');
  await expect(gone.client.sync()).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await gone.subjects(channel)).toEqual(had);
  const overheard = sender.hub.callsOf('submitRecord').at(-1)?.body as RecordEnvelope;
  const { mls, group } = await Renegade.from(gone, channel);
  await expect(mls.decrypt(group, fromBase64url(overheard.mls))).rejects.toThrow();
  await sender.mustSeeNoAlarm();
}

/** No rule was broken: nobody but the hub and Sofia says that Skopje is in the channel of before. */
async function mustBeInDisputeUntilSettled(channel: ChannelId): Promise<void> {
  const ledBack = { after: 'removed', by: sofia.device };
  expect(await skopje.client.channel(channel)).toMatchObject({ standing: 'in-dispute', ledBack });
  expect(await skopje.client.life.troubles(channel)).toEqual([]);
  const [removal] = (await skopje.client.life.changes(channel)).flatMap(({ removed }) => removed);
  expect(removal).toEqual({
    device: skopje.device,
    byRule: true,
    because: 'Its contact point is suspended or has left.',
  });
  await expect(skopje.sends(channel, 'At once')).rejects.toThrow('was out of this channel and is in again');
  await skopje.client.life.settle(channel, 'Sofia reads the same epoch');
  const settled = await skopje.client.channel(channel);
  expect(settled.standing).toBe('good');
  expect(settled).not.toHaveProperty('ledBack');
  await skopje.mustSend(channel, 'Back');
}

function authorityOf({ contactPoint }: Actor) {
  const ca = community.founded.authorities.get(contactPoint);
  if (ca === undefined) throw new Error('There is no CA.');
  return ca;
}

describe('leaving', () => {
  it('a lost device is put out of its channels by whoever is online first; the officer goes on at the desk', async () => {
    const phone = community.device('bg:petrova:phone');
    const channel = await sofia.opensChannelWith([budapest, skopje, phone]);
    await sofia.mustSend(channel, 'Before');
    await phone.mustRead(channel, 'Before');
    await community.revoke(phone);
    await mustBeOut(phone, channel, budapest, ['Before']);
    await sofia.mustRead(channel, 'For those who stayed');
    expect(await sofia.memberDevices(channel)).toEqual([sofia.device, budapest.device, skopje.device]);
  });

  it('a stolen device that is connected hears nothing from the moment of its revocation', async () => {
    const laptop = community.device('bg:petrova:laptop');
    const channel = await sofia.opensChannelWith([budapest, laptop]);
    await sofia.mustSend(channel, 'Before');
    const states: string[] = [];
    const heard: number[] = [];
    laptop.client.listen((event) => {
      if (event.type === 'connection') states.push(event.state);
      if (event.type === 'record') heard.push(event.record.seq);
    });
    await laptop.client.connect();
    await community.revoke(laptop);
    const before = heard.length;
    await mustBeOut(laptop, channel, budapest, ['Before']);
    expect(heard.length).toBe(before);
    expect(states.slice(0, 2)).toEqual(['live', 'waiting']);
    laptop.client.disconnect();
  });

  it('an officer who moves to another contact point reads there from then on, and here no more', async () => {
    const [old, moved] = [community.device('bg:ivanov:desk-1'), community.device('hu:ivanov:desk-1')];
    const channel = await sofia.opensChannelWith([budapest, old]);
    await sofia.mustSend(channel, 'At the old desk');
    await old.mustRead(channel, 'At the old desk');
    await community.revoke(old);
    await mustBeOut(old, channel, budapest, ['At the old desk']);
    await sofia.adds(channel, moved);
    await sofia.mustSend(channel, 'At the new desk');
    await moved.mustRead(channel, 'At the new desk');
    expect(await moved.subjects(channel)).toEqual(['At the new desk']);
    await expect(old.client.sync()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('an officer who leaves goes with all devices at once, in one commit of each channel', async () => {
    const [desk, phone] = [community.device('hu:nagy:desk-1'), community.device('hu:nagy:phone')];
    const channel = await sofia.opensChannelWith([skopje, desk, phone], { contactPoints: ALL });
    const other = await sofia.opensChannelWith([skopje, desk], { contactPoints: ALL });
    const epochs = [await sofia.epoch(channel), await sofia.epoch(other)] as const;
    await community.revoke(desk, phone);
    await mustBeOut(desk, channel, skopje, []);
    await mustBeOut(phone, channel, skopje, []);
    await mustBeOut(desk, other, skopje, []);
    await sofia.syncs();
    expect([await sofia.epoch(channel), await sofia.epoch(other)]).toEqual([epochs[0] + 1, epochs[1] + 1]);
  });

  it('a lost administrator is put out by another, who goes on administering the channels', async () => {
    const lost = community.device('hu:admin:desk-1');
    const channel = await lost.opensChannelWith([budapest, sofia]);
    community.clock.advance(60_000);
    await budapest.client.administration.revoke([lost.device], authorityOf(budapest), { reason: 'keyCompromise' });
    await mustBeOut(lost, channel, sofia, []);
    await budapest.client.removeMembers(channel, [sofia.device]);
    expect(await budapest.memberDevices(channel)).toEqual([budapest.device]);
  });

  it('what a stolen device sent before it was missed is read by those who come later, and marked', async () => {
    const laptop = community.device('bg:petrova:tablet');
    const channel = await sofia.opensChannelWith([budapest, laptop]);
    await laptop.mustSend(channel, 'Surely hers');
    community.clock.advance(60_000);
    const since = community.clock.now();
    community.clock.advance(60_000);
    await laptop.mustSend(channel, 'Perhaps not hers');
    community.clock.advance(60_000);
    const ca = authorityOf(sofia);
    const marks = async () => {
      await budapest.syncs();
      const views = await budapest.client.records(channel);
      return views.map((view) => view.outcome === 'opened' && view.compromised?.since);
    };
    const because = { reason: 'keyCompromise' } as const;
    const marked = [undefined, new Date(Math.floor(since / 1000) * 1000).toISOString()];
    await sofia.client.administration.revoke([laptop.device], ca, because);
    await proposed(budapest, channel, laptop);
    expect(await marks()).toEqual([undefined, undefined]);
    // What was lost turns out to be stolen; that it is lost as well takes nothing back.
    for (const why of [{ ...because, invalidSince: since }, because]) {
      community.clock.advance(10 * 60_000);
      await sofia.client.administration.revoke([laptop.device], ca, why);
      expect(await marks()).toEqual(marked);
    }
    const later = { ...because, invalidSince: community.clock.now() };
    await expect(sofia.client.administration.revoke([laptop.device], ca, later)).rejects.toMatchObject({
      code: 'conflict',
    });
    await budapest.mustSeeNoAlarm();
  });

  it('all devices of a contact point that was broken into go in one list, and one commit of each channel', async () => {
    const devices = COMPROMISED.map((address) => community.device(address));
    const [first, ...others] = devices as [Actor, ...Actor[]];
    const channel = await sofia.opensChannelWith([budapest, ...devices], { contactPoints: ALL });
    await first.mustSend(channel, 'Who wrote this?');
    community.clock.advance(60_000);
    await skopje.client.administration.revoke([first.device], authorityOf(skopje));
    // In a commit of its own: the hub may be still at it when the next list comes.
    for (const each of [budapest, sofia]) await proposed(each, channel, first);
    const epoch = await sofia.epoch(channel);
    const compromise = { since: community.clock.now() - 120_000, kept: [skopje.device] };
    const { devices: out, marked } = await skopje.client.administration.revokeAll(compromise, authorityOf(skopje));
    expect([new Set(out), marked]).toEqual([new Set(others.map(({ device }) => device)), 1]);
    for (const gone of others) await mustBeOut(gone, channel, budapest, []);
    await sofia.syncs();
    expect(await sofia.epoch(channel)).toBe(epoch + 1);
    const [view] = await sofia.client.records(channel);
    expect(view).toMatchObject({ outcome: 'opened', compromised: { of: 'device' } });
    await sofia.mustSeeNoAlarm();
  });

  it('a contact point that is suspended is out of every channel, and comes back when it is added again', async () => {
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    await sofia.mustSend(channel, 'Before');
    await skopje.mustRead(channel, 'Before');
    await community.revises({ suspend: [skopje.contactPoint] });
    await mustBeOut(skopje, channel, budapest, ['Before']);
    await community.revises({ restore: [skopje.contactPoint] });
    await sofia.syncs();
    await sofia.adds(channel, skopje);
    await sofia.mustSend(channel, 'Again');
    await skopje.mustRead(channel, 'Again');
    expect(await skopje.subjects(channel)).toEqual(['Before', 'Again']);
    await mustBeInDisputeUntilSettled(channel);
  });

  it('a contact point that the co-chairs declare compromised is out, what it sent is marked, and it may leave for good', async () => {
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    const since = new Date(community.clock.now()).toISOString();
    await skopje.mustSend(channel, 'Who wrote this?');
    community.clock.advance(60_000);
    await community.revises({ compromised: new Map([[skopje.contactPoint, since]]) });
    await mustBeOut(skopje, channel, budapest, ['Who wrote this?']);
    const [view] = await budapest.client.records(channel);
    expect(view).toMatchObject({ outcome: 'opened', compromised: { of: 'contact-point', since } });
    await community.revises({ leave: [skopje.contactPoint] });
    await sofia.syncs();
    expect(await sofia.client.addMembers(channel, [skopje.device])).toEqual({ missing: [skopje.device] });
  });

  it('is logged: who was put out of which channel, why, and by whom', async () => {
    for (const each of [sofia, budapest]) await each.syncs();
    const entries = await community.hub.logEntries();
    const of = (type: string) => entries.filter((entry) => entry.type === type);
    expect(new Set(of('removal.proposed').map(({ purpose }) => purpose))).toEqual(
      new Set(['certificate revoked', 'contact point suspended or left']),
    );
    const proposed = of('removal.proposed').map(({ subject }) => `${subject.channel} ${subject.device}`);
    const removed = of('commit.ordered')
      .filter(({ details }) => details?.['change'] === 'removed')
      .map(({ subject }) => `${subject.channel} ${subject.device}`);
    expect(removed).toEqual(expect.arrayContaining([...new Set(proposed)]));
  });
});
