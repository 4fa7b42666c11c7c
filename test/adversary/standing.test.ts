import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { demoCommunity, foundAuthority, type LiaisonClient, nextList, openClient } from '#liaison/client';
import { generateSigningKey, parseDeviceCertificate, verifyCrl } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  type ChannelEvent,
  type ChannelId,
  ContactPointId,
  fromBase64url,
  fromUtf8,
  LiaisonError,
  toBase64url,
} from '#liaison/protocol';
import {
  type Actor,
  type Community,
  CREDULOUS,
  mustCallHub,
  positionOf,
  Renegade,
  rewriteHistory,
  startCommunity,
} from '#liaison/testing';

const MINUTE = 60_000;
const ALL = ['bg', 'hu', 'mk'].map((id) => ContactPointId.parse(id));

let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;

beforeAll(async () => {
  community = await startCommunity({
    cities: ['sofia', 'budapest', 'skopje'],
    devices: [
      'bg:stolen:desk-1',
      'bg:stolen:desk-2',
      'bg:gone:desk-1',
      'bg:gone:desk-2',
      'bg:gone:desk-3',
      'mk:gone:desk-1',
      'mk:gone:desk-2',
      'hu:gone:desk-1',
    ],
  });
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());
beforeEach(() => {
  for (const each of [sofia, budapest, skopje]) {
    each.client.disconnect();
    each.hub.tellTruth();
  }
});

/** A KeyPackage of Skopje’s desk. */
async function claimsFor(claimant: Actor): Promise<Uint8Array> {
  const { claimed } = (await mustCallHub(community.hub.url, 'claimKeyPackages', {
    body: { devices: [skopje.device] },
    token: (await claimant.client.signIn()).token,
  })) as { claimed: { keyPackage: string }[] };
  return fromBase64url(claimed[0]?.keyPackage ?? '');
}

/** What the thief of an administrator's device commits: Skopje's desk is a member from then on. */
async function addedBy(thief: Actor, channel: ChannelId): Promise<(at?: string) => ChannelEvent> {
  const keyPackage = await claimsFor(thief);
  const renegade = await Renegade.from(thief, channel);
  const { mls, group, authenticatedData } = renegade;
  const { commit } = await mls.commitAdd(group, [keyPackage], CREDULOUS, { at: thief.now, authenticatedData });
  return (at) => renegade.commitEvent(commit, thief.device, at);
}

describe('what an administrator’s device commits', () => {
  it('after it was revoked is refused (CLI-31), whenever the hub says that it was (CLI-22)', async () => {
    const thief = community.device('bg:stolen:desk-1');
    const channel = await thief.opensChannelWith([budapest, sofia], { contactPoints: ALL });
    const event = await addedBy(thief, channel);
    const before = new Date(community.clock.now() - 1000).toISOString();
    await community.revoke(thief);
    community.clock.advance(10 * MINUTE);
    await rewriteHistory(budapest, channel, () => [event()]);
    // Sofia was there a minute ago, when the device had been revoked for long: what comes now is not older.
    await rewriteHistory(sofia, channel, () => []);
    await sofia.syncs();
    community.clock.advance(MINUTE);
    await rewriteHistory(sofia, channel, () => [event(before)]);
    for (const [member, checks] of [
      [budapest, ['CLI-31']],
      [sofia, ['CLI-22', 'CLI-31']],
    ] as const) {
      await member.syncs();
      expect((await member.client.alarms(channel)).map(({ check }) => check)).toEqual(checks);
      expect(await member.client.channel(channel)).toMatchObject({ epoch: 1, standing: 'halted' });
      expect(await member.memberDevices(channel)).not.toContain(skopje.device);
    }
  });

  it('before it, or whom it added, was revoked holds for those who were away', async () => {
    const gone = community.device('bg:gone:desk-1');
    const added = [community.device('mk:gone:desk-1'), skopje] as const;
    const channel = await gone.opensChannelWith([budapest, sofia], { contactPoints: ALL });
    for (const each of added) await gone.adds(channel, each);
    community.clock.advance(10 * MINUTE);
    await community.revoke(gone);
    await community.revoke(added[0]);
    community.clock.advance(10 * MINUTE);
    // The hub proposes their removal beside what it answers: who is out already does not matter here.
    for (const each of [sofia, budapest]) {
      await each.syncs();
      expect(await each.client.alarms(channel)).toEqual([]);
      expect(await each.client.channel(channel)).toMatchObject({ membership: 'member', standing: 'good' });
      expect(await each.memberDevices(channel)).toContain(skopje.device);
    }
  });
});

/** Sofia's device, once, by a clock that is wrong. */
async function bySofiasClock<T>(wrongBy: number, work: (client: LiaisonClient) => Promise<T>): Promise<T> {
  const { profile, hub: transport, store } = sofia;
  const clock = { now: () => community.clock.now() + wrongBy };
  const client = await openClient({ profile, transport, store, clock, random: systemRandom });
  const result = await work(client);
  await client.close();
  await sofia.starts();
  return result;
}

describe('of a Welcome', () => {
  it('what was revoked since it can have been made keeps nobody out, and what was before does', async () => {
    const gone = community.device('bg:gone:desk-2');
    const { id } = await sofia.client.createChannel({
      kind: 'multilateral',
      ceiling: 'RESTRICTED',
      contactPoints: ALL,
      devices: [budapest.device, skopje.device, gone.device],
    });
    community.clock.advance(10 * MINUTE);
    await community.revoke(gone);
    community.clock.advance(10 * MINUTE);
    const junk = {
      id: 'AAAAAAAAAAAAAAAAAAAAAA',
      channel: await skopje.opensChannelWith([]),
      seq: 1,
      epoch: 1,
      welcome: 'AAAA',
    };
    for (const [each, welcomes] of [
      [budapest, []],
      [skopje, [junk]],
    ] as const) {
      each.hub.lieAbout('listWelcomes', () => ({ welcomes }));
      each.hub.lieAbout('listChannels', () => ({ channels: [] }));
      await each.syncs();
      each.hub.tellTruth();
    }
    for (const each of [budapest, skopje]) await each.syncs();
    expect(await skopje.client.alarms(id)).toEqual([]);
    expect(await skopje.client.channel(id)).toMatchObject({ membership: 'member', standing: 'good' });
    expect((await budapest.client.alarms(id)).map(({ check }) => check)).toEqual(['CLI-31']);
    expect(await budapest.client.channel(id)).toMatchObject({ membership: 'lost' });
  });

  it('what a device that lost its data has read past it keeps nobody out', async () => {
    const gone = community.device('bg:gone:desk-3');
    const channel = await sofia.opensChannelWith([skopje, gone], { contactPoints: ALL });
    await skopje.losesState();
    // Its KeyPackages of before are used up, which nobody can open any more.
    for (let count = 0; count < 4; count += 1) await claimsFor(sofia);
    await skopje.syncs();
    await sofia.client.removeMembers(channel, [skopje.device]);
    await sofia.client.addMembers(channel, [skopje.device]);
    await sofia.mustSend(channel, 'To who is back');
    community.clock.advance(10 * MINUTE);
    await community.revoke(gone);
    community.clock.advance(10 * MINUTE);
    await skopje.mustRead(channel, 'To who is back');
    expect(await skopje.client.alarms()).toEqual([]);
    expect(await skopje.client.channel(channel)).toMatchObject({ membership: 'member', standing: 'good' });
  });
});

describe('a device whose clock', () => {
  it('was days ahead once follows its channels by the right one', async () => {
    const channel = await budapest.opensChannelWith([sofia]);
    await bySofiasClock(2 * 24 * 60 * MINUTE, (client) => client.sync());
    community.clock.advance(10 * MINUTE);
    await budapest.mustSend(channel, 'By the right clock');
    await sofia.mustRead(channel, 'By the right clock');
    expect(await sofia.client.alarms(channel)).toEqual([]);
  });
});

it('a device that stays connected takes no commit dated before what it has seen since', async () => {
  const refused = await sofia.opensChannelWith([]);
  const thief = community.device('bg:stolen:desk-2');
  const channel = await thief.opensChannelWith([budapest, sofia], { contactPoints: ALL });
  const event = await addedBy(thief, channel);
  await connects(channel, new Map([[refused, 0]]));
  sofia.hub.lieAbout('listEvents', (answer, { params }) => (params?.['channel'] === refused ? refuses() : answer));
  await community.revoke(thief);
  // Dated four minutes back it would be from before the revocation as far as clocks go, and once more so by its date.
  community.clock.advance(8 * MINUTE);
  const lookedAt = sofia.now;
  const fetches = () => sofia.hub.callsOf('listEvents').filter(({ params }) => params?.['channel'] === channel).length;
  const before = fetches();
  await sofia.looksUntil(async () => (await readToEndAt(channel)) >= lookedAt);
  expect(fetches()).toBe(before);
  await rewriteHistory(sofia, channel, () => [event(new Date(lookedAt - 4 * MINUTE).toISOString())]);
  // While the hub is away just for what it is to be judged by, it waits: not for long without a word.
  let seen = 0;
  sofia.hub.lieAbout('getRoster', (answer) => (fetches() > seen ? isAway() : answer));
  for (const waited of [[], [], ['CLI-78']]) {
    seen = fetches();
    await expect(sofia.client.sync()).rejects.toMatchObject({ code: 'unavailable' });
    expect((await sofia.client.alarms(channel)).map(({ check }) => check)).toEqual(waited);
    community.clock.advance(8 * MINUTE);
  }
  expect(await sofia.client.channel(channel)).toMatchObject({ epoch: 1, standing: 'in-dispute' });
  sofia.hub.lieAbout('getRoster', refuses);
  await sofia.syncs();
  // The thief is in the group still, which the hub shown here does nothing about.
  const told = (await sofia.client.alarms(channel)).map(({ check }) => check).sort();
  expect(told).toEqual(['CLI-23', 'CLI-31', 'CLI-78']);
  expect(await sofia.memberDevices(channel)).not.toContain(skopje.device);
});

function isAway(): never {
  throw new LiaisonError('unavailable', 'The hub cannot be reached.');
}

function refuses(): never {
  throw new LiaisonError('internal', 'Something went wrong at the hub.');
}

it('a device that stays connected says so where the hub lets it look no more (CLI-78), and takes what it can', async () => {
  const channel = await sofia.opensChannelWith([]);
  await connects(channel);
  let answers = (): void => undefined;
  const stalled = new Promise<void>((resolve) => (answers = resolve));
  sofia.hub.lieAbout('getRoster', refuses);
  sofia.hub.lieAbout('listChannels', () => stalled.then(refuses));
  const isTold = async () =>
    (await sofia.client.alarms()).some((alarm) => alarm.check === 'CLI-78' && alarm.channel === undefined);
  const listsAsked = () => sofia.hub.callsOf('findRevocationLists').length;
  const before = listsAsked();
  for (const _look of [1, 2]) {
    community.clock.advance(6 * MINUTE);
    await sofia.looksUntil(() => Promise.resolve(listsAsked() > before));
  }
  expect(await isTold()).toBe(false);
  community.clock.advance(6 * MINUTE);
  await sofia.looksUntil(isTold);
  answers();
});

/** Nothing is pushed to it from then on, and of this channel it is shown nothing more. */
async function connects(channel: ChannelId, lies: ReadonlyMap<ChannelId, number> = new Map()): Promise<void> {
  let isLive = false;
  sofia.hub.lieInPushes((message) => (isLive ? [] : [message]));
  sofia.client.listen((event) => {
    if (event.type === 'connection' && event.state === 'live') isLive = true;
  });
  await sofia.client.connect();
  await sofia.looksUntil(() => Promise.resolve(isLive));
  const { seq } = await positionOf(sofia, channel);
  sofia.hub.lieAboutEnds(new Map([...lies, [channel, seq]]));
}

async function readToEndAt(channel: ChannelId): Promise<number> {
  const stored = await sofia.store.get(`channel/${channel}`);
  return (JSON.parse(fromUtf8(stored ?? new Uint8Array())) as { readToEndAt: number }).readToEndAt;
}

it('a member who does not know the newest roster yet follows a commit that it allows', async () => {
  const mk = skopje.contactPoint;
  const everybody = [sofia, budapest, skopje];
  const channel = await sofia.opensChannelWith([budapest], { contactPoints: ALL });
  await community.revises({ suspend: [mk] });
  await budapest.syncs();
  community.clock.advance(10 * MINUTE);
  const old = await mustCallHub(community.hub.url, 'getRoster');
  await community.revises({ restore: [mk] });
  // Budapest was told of the roster a moment before.
  let isOld = true;
  budapest.hub.lieAbout('getRoster', (answer) => (isOld ? ((isOld = false), old) : answer));
  await sofia.syncs();
  await sofia.client.addMembers(channel, [skopje.device]);
  await budapest.syncs();
  expect(await budapest.client.channel(channel)).toMatchObject({ epoch: 2, standing: 'good' });
  expect(await budapest.memberDevices(channel)).toContain(skopje.device);
  for (const each of everybody) await each.syncs();
  expect(await budapest.client.alarms(channel)).toEqual([]);
});

/** Its contact point's next list revokes it: the hub hands it out to these, and does nothing about it. */
async function isRevokedInVain(gone: Actor, readers: readonly Actor[]): Promise<void> {
  const ca = community.founded.authorities.get(gone.contactPoint);
  if (ca === undefined) throw new Error('There is no CA.');
  const params = { contactPoint: gone.contactPoint };
  const held = (await mustCallHub(community.hub.url, 'getRevocationList', { params })) as { crl: string };
  const last = verifyCrl({ crl: fromBase64url(held.crl), caCertificate: ca.certificate, at: community.clock.now() });
  const { serial } = parseDeviceCertificate(gone.profile.certificate);
  const crl = toBase64url(nextList(ca, 'crl' in last ? last.crl : undefined, [{ serial }], community.clock));
  for (const { hub } of readers) hub.lieAboutLists(new Map([[gone.contactPoint, { crl }]]));
}

describe('while the hub does not propose to remove who was revoked', () => {
  it('nothing is sent, which is said (CLI-23), until a device that administers the channel has removed it', async () => {
    const gone = community.device('mk:gone:desk-2');
    const channel = await sofia.opensChannelWith([budapest, gone], { contactPoints: ALL });
    await budapest.syncs();
    budapest.hub.goAway();
    await budapest.sends(channel, 'Written before');
    budapest.hub.comeBack();
    await isRevokedInVain(gone, [sofia, budapest]);
    community.clock.advance(10 * MINUTE);
    await budapest.syncs();
    const item = await budapest.sends(channel, 'Written after');
    expect(item).toMatchObject({
      state: 'queued',
      problem: { check: 'CLI-23', message: expect.stringContaining(gone.device) },
    });
    await gone.mustNotRead(channel, 'Written before');
    community.clock.advance(3 * MINUTE);
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map(({ check }) => check)).toEqual(['CLI-23']);
    expect(await budapest.memberDevices(channel)).toContain(gone.device);

    await connects(channel);
    community.clock.advance(3 * MINUTE);
    await sofia.looksUntil(async () => !(await sofia.memberDevices(channel)).includes(gone.device));
    expect(await sofia.memberDevices(channel)).toEqual([sofia.device, budapest.device]);
    await budapest.syncs();
    for (const subject of ['Written before', 'Written after']) await sofia.mustRead(channel, subject);
    await gone.syncs();
    expect(await gone.subjects(channel)).toEqual([]);
  });
});

it('a member whom no CA of the roster certifies any more is flagged, and read as far as it sent before', async () => {
  const gone = community.device('hu:gone:desk-1');
  const channel = await skopje.opensChannelWith([gone]);
  await gone.mustSend(channel, 'While it was certified');
  const plan = demoCommunity().contactPoints.find(({ id }) => id === gone.contactPoint);
  if (plan === undefined) throw new Error('There is no such contact point.');
  const ports = { clock: community.clock, random: systemRandom };
  const { certificate } = foundAuthority(plan, generateSigningKey(systemRandom), ports);
  await community.revises({ authorities: new Map([[gone.contactPoint, certificate]]) });
  await rewriteHistory(skopje, channel, (events) => events.filter(({ type }) => type === 'record'));
  await skopje.mustRead(channel, 'While it was certified');
  const member = (await skopje.client.members(channel)).find(({ device }) => device === gone.device);
  expect(member?.flags).toContain('not-certified');
});

it('a device that asks twice at once, and has the answers in another order, accuses no honest hub', async () => {
  const changes = {
    findRevocationLists: () => community.revoke(community.device('mk:gone:desk-2')),
    getRoster: () => community.revises({ suspend: [budapest.contactPoint] }),
  } as const;
  await skopje.syncs();
  await changes.findRevocationLists();
  const before = await skopje.client.alarms();
  for (const route of ['findRevocationLists', 'getRoster'] as const) {
    community.clock.advance(10 * MINUTE);
    let isFirst = true;
    skopje.hub.lieAbout(route, async (answer) => {
      if (!isFirst) return answer;
      isFirst = false;
      await changes[route]();
      await skopje.syncs();
      return answer;
    });
    await skopje.syncs();
    expect(isFirst).toBe(false);
  }
  // One that was there may end by itself.
  const after = await skopje.client.alarms();
  expect(after.filter(({ id }) => !before.some((each) => each.id === id))).toEqual([]);
});
