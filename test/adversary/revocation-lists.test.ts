import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openClient } from '#liaison/client';
import { issueCrl, parseDeviceCertificate } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { type ChannelId, type ContactPointId, LiaisonError, toBase64url } from '#liaison/protocol';
import { type Actor, callHub, type Community, mustCallHub, startCommunity } from '#liaison/testing';

const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;

/** Each is revoked in one of the tests. */
const GONE = [
  'hu:gone:desk-1',
  'mk:gone:desk-1',
  'mk:gone:desk-2',
  'mk:gone:desk-3',
  'hu:lost:desk-1',
  'mk:lost:desk-1',
] as const;

let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;

beforeAll(async () => {
  community = await startCommunity({ cities: ['sofia', 'budapest', 'skopje'], devices: GONE });
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());
beforeEach(() => {
  for (const each of [sofia, budapest, skopje]) each.hub.tellTruth();
});

const numbers = new Map<string, number>();
const revocations = new Map<string, { readonly serial: string; readonly revokedAt: number }[]>();

function authorityOf(contactPoint: ContactPointId) {
  const ca = community.founded.authorities.get(contactPoint);
  if (ca === undefined) throw new Error('There is no CA.');
  return ca;
}

function hidden(): never {
  throw new LiaisonError('not-found', 'This contact point has published no revocation list.');
}

/** Its contact point's next list, of those who are revoked now and before. */
function listOf(
  { contactPoint }: Actor,
  { days = 30, number = 1, revoked = revocations.get(contactPoint) ?? [] } = {},
) {
  const ca = authorityOf(contactPoint);
  const now = Math.floor(community.clock.now() / 1000) * 1000;
  const crl = issueCrl({ ca, number, thisUpdate: now, nextUpdate: now + days * DAY, revoked });
  return { crl: toBase64url(crl) };
}

/** Its contact point publishes its next list. @returns what the hub answers for it from now on. */
async function publishes(actor: Actor, { days = 30, revokes = [] as Actor[] } = {}): Promise<{ crl: string }> {
  const { contactPoint } = actor;
  const revokedAt = Math.floor(community.clock.now() / 1000) * 1000;
  const added = revokes.map(({ profile }) => ({
    serial: parseDeviceCertificate(profile.certificate).serial,
    revokedAt,
  }));
  revocations.set(contactPoint, [...(revocations.get(contactPoint) ?? []), ...added]);
  const number = (numbers.get(contactPoint) ?? 1) + 1;
  numbers.set(contactPoint, number);
  const body = listOf(actor, { days, number });
  await mustCallHub(community.hub.url, 'putRevocationList', { params: { contactPoint }, body });
  return body;
}

async function flagsOf(reader: Actor, channel: ChannelId, member: Actor) {
  return (await reader.client.members(channel)).find(({ device }) => device === member.device)?.flags;
}

/** Flagged, or put out already: the hub proposes it beside what it answers. */
async function mustKnowRevoked(reader: Actor, channel: ChannelId, revoked: Actor): Promise<void> {
  expect((await flagsOf(reader, channel, revoked)) ?? ['revoked']).toEqual(['revoked']);
}

async function looksLater(actor: Actor): Promise<void> {
  community.clock.advance(600_000);
  await actor.syncs();
}

describe('a hub that', () => {
  it('alters a revocation list is noticed (CLI-44), and the lists of the others are taken all the same', async () => {
    const { crl } = await publishes(sofia);
    const middle = Math.floor(crl.length / 2);
    const altered = crl.slice(0, middle) + (crl[middle] === 'A' ? 'B' : 'A') + crl.slice(middle + 1);
    const gone = community.device('hu:gone:desk-1');
    const channel = await sofia.opensChannelWith([skopje, gone]);
    skopje.hub.lieAboutLists(new Map([[sofia.contactPoint, { crl: altered }]]));
    await publishes(budapest, { revokes: [gone] });
    await looksLater(skopje);
    const { message } = await skopje.mustSeeAlarm('CLI-44');
    expect(message).toContain(`Contact point ${sofia.contactPoint}`);
    expect(await flagsOf(skopje, channel, sofia)).toEqual([]);
    expect(await flagsOf(skopje, channel, skopje)).toEqual([]);
    await mustKnowRevoked(skopje, channel, gone);
  });

  it('rolls a list back is noticed (CLI-44), and who was revoked stays so', async () => {
    const before = await publishes(skopje);
    const gone = community.device('mk:gone:desk-1');
    const channel = await sofia.opensChannelWith([gone]);
    await publishes(skopje, { revokes: [gone] });
    await looksLater(sofia);
    sofia.hub.lieAboutLists(new Map([[skopje.contactPoint, before]]));
    await looksLater(sofia);
    await sofia.mustSeeAlarm('CLI-44');
    await mustKnowRevoked(sofia, channel, gone);
  });

  it('shows two lists of one number, or one that revokes less, is noticed (CLI-44); it takes none like that itself', async () => {
    const number = numbers.get(skopje.contactPoint) ?? 1;
    await looksLater(budapest);
    const [twice, less] = [listOf(skopje, { number }), listOf(skopje, { number: number + 9, revoked: [] })];
    for (const [lie, words] of [
      [twice, 'two revocation lists with the number'],
      [less, 'leaves out 1 certificates'],
    ] as const) {
      budapest.hub.lieAboutLists(new Map([[skopje.contactPoint, lie]]));
      await looksLater(budapest);
      const told = (await budapest.client.alarms()).filter(({ check }) => check === 'CLI-44');
      expect(told.map(({ message }) => message)).toContainEqual(expect.stringContaining(words));
    }
    const params = { contactPoint: skopje.contactPoint };
    for (const [body, check] of [
      [twice, 'CRL-07'],
      [less, 'CRL-08'],
    ] as const) {
      const answer = await callHub(community.hub.url, 'putRevocationList', { params, body });
      expect(answer).toMatchObject({ status: 422, body: { error: { check } } });
    }
  });

  it('takes no list that dates revocations back (CRL-09), and what was sent before a list that did not name its sender is read', async () => {
    const gone = community.device('mk:gone:desk-3');
    const channel = await gone.opensChannelWith([budapest]);
    await gone.mustSend(channel, 'Before it was revoked');
    community.clock.advance(10 * MINUTE);
    await publishes(skopje);
    budapest.hub.lieAbout('listEvents', () => {
      throw new LiaisonError('internal', 'Something went wrong at the hub.');
    });
    await looksLater(budapest);
    const { serial } = parseDeviceCertificate(gone.profile.certificate);
    const revokedAt = Math.floor(community.clock.now() / 1000) * 1000 - 60 * MINUTE;
    const revoked = [...(revocations.get(skopje.contactPoint) ?? []), { serial, revokedAt }];
    const body = listOf(skopje, { number: (numbers.get(skopje.contactPoint) ?? 1) + 1, revoked });
    const params = { contactPoint: skopje.contactPoint };
    const answer = await callHub(community.hub.url, 'putRevocationList', { params, body });
    expect(answer).toMatchObject({ status: 422, body: { error: { check: 'CRL-09' } } });
    budapest.hub.lieAboutLists(new Map([[skopje.contactPoint, body]]));
    await looksLater(budapest);
    const told = (await budapest.client.alarms()).map(({ message }) => message);
    expect(told).toContainEqual(expect.stringContaining('dates 1 revocations before'));
    await mustKnowRevoked(budapest, channel, gone);
    await budapest.starts();
    budapest.hub.tellTruth();
    await budapest.mustRead(channel, 'Before it was revoked');
  });

  it('hides a newer list is noticed once that is due (CLI-49), of all channels and once', async () => {
    const before = await publishes(skopje, { days: 2 });
    const gone = community.device('mk:gone:desk-2');
    const channel = await sofia.opensChannelWith([gone]);
    sofia.hub.lieAboutLists(new Map([[skopje.contactPoint, before]]));
    await publishes(skopje, { revokes: [gone], days: 20 });
    await looksLater(sofia);
    const told = () => sofia.client.alarms().then((alarms) => alarms.filter(({ check }) => check === 'CLI-49'));
    expect(await told()).toEqual([]);
    community.clock.advance(3 * DAY);
    await looksLater(sofia);
    await looksLater(sofia);
    expect(await told()).toMatchObject([{ message: expect.stringContaining(`Contact point ${skopje.contactPoint}`) }]);
    expect(await flagsOf(sofia, channel, gone)).toEqual(['revocation-list-overdue']);
    sofia.hub.tellTruth();
    await looksLater(sofia);
    await mustKnowRevoked(sofia, channel, gone);
    expect(await told()).toEqual([]);
    const ended = (await sofia.client.settledAlarms()).filter(({ check }) => check === 'CLI-49');
    expect(ended.at(-1)?.settled.reason).toContain('Ended by itself');
  });

  it('has lost a list since it was restored does not keep an administrator, signed in or not, from revoking (CLI-44)', async () => {
    const [before, lost] = [await publishes(budapest), community.device('hu:lost:desk-1')];
    await publishes(budapest, { revokes: [lost] });
    await looksLater(budapest);
    budapest.hub.lieAbout('createSession', () => {
      throw new LiaisonError('unauthenticated', 'The sessions of this officer are locked.');
    });
    const { administration } = budapest.client;
    for (const [shown, serial] of [
      [() => before, '4f01'],
      [hidden, '4f02'],
    ] as const) {
      budapest.hub.lieAbout('getRevocationList', shown);
      const { revoked } = await administration.revoke(
        [],
        authorityOf(budapest.contactPoint),
        {},
        { serials: [serial] },
      );
      expect(revoked).toBe((revocations.get(budapest.contactPoint) ?? []).length + Number(serial.slice(-1)));
    }
    await budapest.mustSeeAlarm('CLI-44');
  });

  it('has lost one contact point’s list does not keep devices of others from being added or put out (CLI-44)', async () => {
    const [before, lost] = [await publishes(sofia), community.device('mk:lost:desk-1')];
    await publishes(sofia);
    await looksLater(sofia);
    const channel = await sofia.opensChannelWith([lost]);
    sofia.hub.lieAboutLists(new Map([[sofia.contactPoint, before]]));
    await sofia.adds(channel, skopje);
    await publishes(skopje, { revokes: [lost] });
    await sofia.syncsUntil(async () => !(await sofia.memberDevices(channel)).includes(lost.device));
    await sofia.mustSeeAlarm('CLI-44');
  });

  it('puts off what it is asked for, or says that nothing changed where nothing was, is noticed (CLI-44)', async () => {
    const wanted = [...community.founded.authorities.keys()];
    const none = { lists: [], unchanged: [], later: [] };
    for (const [answer, words] of [
      [{ ...none, later: wanted }, 'puts off'],
      [{ ...none, unchanged: wanted }, 'never saw'],
      [none, 'hides the list'],
    ] as const) {
      if (words === 'never saw') await budapest.losesState();
      budapest.hub.lieAbout('findRevocationLists', () => answer);
      await looksLater(budapest);
      const told = (await budapest.client.alarms()).filter(({ check }) => check === 'CLI-44');
      expect(told.map(({ message }) => message)).toContainEqual(expect.stringContaining(words));
      budapest.hub.tellTruth();
      await looksLater(budapest);
    }
  });

  it('never shows a list that is published at the founding is noticed (CLI-49), before any channel is shared', async () => {
    budapest.hub.lieAbout('findRevocationLists', () => ({ lists: 1 }));
    await budapest.losesState();
    await budapest.syncs();
    const about = (await budapest.client.alarms()).filter(({ check }) => check === 'CLI-49');
    expect(about).toHaveLength(community.founded.authorities.size);
  });
});

describe('a device that stays connected', () => {
  it('looks for revocations again and again', async () => {
    const looks: (() => void)[] = [];
    const client = await openClient({
      profile: sofia.profile,
      transport: sofia.hub,
      store: sofia.store,
      clock: community.clock,
      random: systemRandom,
      repeat: (_milliseconds, task) => {
        looks.push(task);
        return () => looks.pop();
      },
    });
    await client.connect();
    const before = sofia.hub.callsOf('findRevocationLists').length;
    looks[0]?.();
    for (let waited = 0; sofia.hub.callsOf('findRevocationLists').length === before; waited += 25) {
      if (waited > 5000) throw new Error('It did not look.');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    client.disconnect();
    expect(looks).toEqual([]);
  });
});
