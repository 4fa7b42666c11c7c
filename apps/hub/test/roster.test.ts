import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cryptoReady, generateSigningKey, keyIdOf } from '#liaison/crypto';
import { encodeRoster, toBase64url, type Roster, type SignedRoster } from '#liaison/protocol';
import {
  callHub,
  type HubCommunity,
  mustCallHub,
  seededRandom,
  startHub,
  type TestClock,
  type HubAnswer,
  type TestHub,
} from '#liaison/testing';
import { emptyHub } from './hub-for-test.js';
import { expectRefusal } from './refusal.js';

let clock: TestClock;
let hub: TestHub;
let community: HubCommunity;

beforeAll(cryptoReady);
beforeEach(async () => {
  ({ clock, hub, community } = await emptyHub('roster'));
});
afterEach(async () => {
  await hub.stop();
});

function publish(body: SignedRoster): Promise<HubAnswer> {
  return callHub(hub.url, 'putRoster', { body });
}

async function publishDraft(version: number, change: Partial<Roster> = {}): Promise<HubAnswer> {
  return publish(community.signed(await community.draft(version, change)));
}

describe('the founding roster', () => {
  it('is served from then on, and after a restart', async () => {
    expectRefusal(await callHub(hub.url, 'getRoster'), { status: 404, code: 'not-found' });
    const roster = await community.found();
    expect(await mustCallHub(hub.url, 'getRoster')).toMatchObject({ roster: encodeRoster(roster) });
    const { origin } = hub.configuration;
    const again = await startHub({ clock, database: hub.database, configuration: { origin } });
    expect(await mustCallHub(again.url, 'getRoster')).toMatchObject({ roster: encodeRoster(roster) });
    await again.stop();
  });

  it('needs the threshold of its own co-chairs', async () => {
    const roster = await community.draft(1);
    const [first] = community.coChairs;
    const one = community.signed(roster, [first!]);
    expectRefusal(await publish(one), { status: 422, code: 'bad-signature', check: 'ROS-06' });
    expectRefusal(await publish(community.signed(roster, [first!, first!])), {
      status: 422,
      code: 'bad-signature',
      check: 'ROS-06',
    });
  });

  it('comes before everything else', async () => {
    const device = community.enrol('bg:petrova:desk-1');
    await expect(community.signIn(device)).rejects.toThrow('SIN-03');
    expect(hub.logLines.join('')).toContain('"check":"STA-01"');
    const body = { crl: toBase64url(community.revocationList('bg', 1, [])) };
    expectRefusal(await callHub(hub.url, 'putRevocationList', { params: { contactPoint: 'bg' }, body }), {
      status: 503,
      code: 'unavailable',
      check: 'ROS-13',
    });
  });

  it('starts with version 1', async () => {
    expectRefusal(await publishDraft(2), { status: 422, code: 'not-allowed', check: 'ROS-10' });
  });

  it('names this hub', async () => {
    const { hub: names } = await community.draft(1);
    const elsewhere = { ...names, origin: 'https://other.example' };
    expectRefusal(await publishDraft(1, { hub: elsewhere }), { status: 422, code: 'not-allowed', check: 'ROS-11' });
    const otherKey = { ...names, externalSenderKey: toBase64url(new Uint8Array(32)) };
    expectRefusal(await publishDraft(1, { hub: otherKey }), { status: 422, code: 'not-allowed', check: 'ROS-12' });
  });

  it('has not expired and is not from the future', async () => {
    const past = new Date(clock.now() - 1000).toISOString();
    expectRefusal(await publishDraft(1, { expiresAt: past }), { status: 422, code: 'not-allowed', check: 'ROS-08' });
    const future = new Date(clock.now() + 60_000).toISOString();
    expectRefusal(await publishDraft(1, { issuedAt: future }), { status: 422, code: 'not-allowed', check: 'ROS-07' });
  });

  it('carries a CA certificate that its contact point made', async () => {
    const roster = await community.draft(1);
    const [bg, hu] = roster.contactPoints;
    const swapped = [bg!, { ...hu!, caCertificate: bg!.caCertificate }];
    expectRefusal(await publishDraft(1, { contactPoints: swapped }), {
      status: 422,
      code: 'not-allowed',
      check: 'ROS-14',
    });
  });

  it('is canonical text of the documented form', async () => {
    const { roster, signatures } = community.signed(await community.draft(1));
    expectRefusal(await publish({ roster: ` ${roster}`, signatures }), {
      status: 400,
      code: 'malformed',
      check: 'ROS-01',
    });
  });
});

describe('a later roster', () => {
  let founding: Roster;
  beforeEach(async () => {
    founding = await community.found();
  });

  it('is accepted as the next version; both stay to be read', async () => {
    expect((await publishDraft(2)).status).toBe(200);
    expect(await mustCallHub(hub.url, 'getRoster', { query: { version: 1 } })).toMatchObject({
      roster: encodeRoster(founding),
    });
    expectRefusal(await callHub(hub.url, 'getRoster', { query: { version: 3 } }), { status: 404, code: 'not-found' });
  });

  it('may be sent again', async () => {
    const second = community.signed(await community.draft(2));
    expect((await publish(second)).status).toBe(200);
    expect((await publish(second)).status).toBe(200);
  });

  it('never goes back and leaves none out', async () => {
    await publishDraft(2);
    expectRefusal(await publish(community.signed(founding)), { status: 422, code: 'not-allowed', check: 'ROS-04' });
    expectRefusal(await publishDraft(4), { status: 422, code: 'not-allowed', check: 'ROS-10' });
  });

  it('is of the same community', async () => {
    expectRefusal(await publishDraft(2, { community: 'another-one' }), {
      status: 422,
      code: 'not-allowed',
      check: 'ROS-03',
    });
  });

  it('needs the threshold of the co-chairs before it, not of its own alone', async () => {
    const usurpers = [generateSigningKey(seededRandom('a')), generateSigningKey(seededRandom('b'))];
    const coChairs = usurpers.map((key, index) => ({
      contactPoint: founding.coChairs[index]!.contactPoint,
      keyId: keyIdOf(key.publicKey),
      publicKey: toBase64url(key.publicKey),
    }));
    const usurped = community.signed(await community.draft(2, { coChairs }), usurpers);
    expectRefusal(await publish(usurped), { status: 422, code: 'bad-signature', check: 'ROS-05' });
  });

  it('ROS-15 lists the keys for proposals of before in their order, and takes none back', async () => {
    const [first, second] = [founding.hub.externalSenderKey, toBase64url(new Uint8Array(32).fill(7))];
    const send = (version: number, externalSenderKey: string, ...former: string[]) =>
      publishDraft(version, {
        hub: { ...founding.hub, externalSenderKey, ...(former.length > 0 && { formerExternalSenderKeys: former }) },
      });
    const refusal = { status: 422, code: 'not-allowed', check: 'ROS-15' } as const;
    expectRefusal(await send(2, second), refusal);
    expectRefusal(await send(2, second, toBase64url(new Uint8Array(32).fill(8))), refusal);
    expect((await send(2, second, first)).status).toBe(200);
    expectRefusal(await send(3, first, second), refusal);
    expectRefusal(await send(3, second), refusal);
    // It serves what its clients have seen, and says what it lacks.
    expect(hub.logLines.join('')).toContain('names an external sender key that this hub does not have');
    expect(await mustCallHub(hub.url, 'getHub')).toMatchObject({ externalSenderKey: first });
  });

  it('is one where two are published at once', async () => {
    const one = community.signed(await community.draft(2, { threshold: 1 }));
    const other = community.signed(await community.draft(2, { threshold: 2 }));
    const answers = await Promise.all([publish(one), publish(other)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('that suspends a contact point ends the sessions of its devices at once', async () => {
    const [bulgarian, hungarian] = [
      await community.signIn(community.enrol('bg:petrova:desk-1')),
      await community.signIn(community.enrol('hu:nagy:desk-1')),
    ];
    for (const { token } of [bulgarian, hungarian]) await mustCallHub(hub.url, 'countKeyPackages', { token });
    const contactPoints = founding.contactPoints.map((point) =>
      point.id === 'hu' ? { ...point, status: 'suspended' as const } : point,
    );
    expect((await publishDraft(2, { contactPoints })).status).toBe(200);
    expectRefusal(await callHub(hub.url, 'countKeyPackages', { token: hungarian.token }), {
      status: 401,
      code: 'unauthenticated',
      check: 'SIN-07',
    });
    await mustCallHub(hub.url, 'countKeyPackages', { token: bulgarian.token });
    await expect(community.signIn(community.enrol('hu:kiss:desk-1'))).rejects.toThrow('SIN-03');
    expect(hub.logLines.join('')).toContain('"check":"STA-04"');
  });

  it('once expired lets nobody sign in', async () => {
    clock.advance(366 * 24 * 60 * 60 * 1000);
    const device = community.enrol('bg:late:desk-1');
    await expect(community.signIn(device)).rejects.toThrow('SIN-03');
    expect(hub.logLines.join('')).toContain('"reason":"roster-expired","check":"STA-02"');
  });
});
