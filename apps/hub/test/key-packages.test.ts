import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cryptoReady } from '#liaison/crypto';
import { ClaimedKeyPackages, LIMITS } from '#liaison/protocol';
import {
  callHub,
  HubCommunity,
  mustCallHub,
  newKeyPackage,
  seededRandom,
  startHub,
  TestClock,
  type HubAnswer,
  type HubDevice,
  type KeyPackageWish,
  type TestHub,
} from '#liaison/testing';
import { expectRefusal } from './refusal.js';

const random = seededRandom('key-packages');
let clock: TestClock;
let hub: TestHub;
let community: HubCommunity;
let claimer: string;
let counter = 0;
/** Another for each test. */
let nagy: HubDevice;
let token: string;

beforeAll(async () => {
  await cryptoReady();
  clock = new TestClock();
  hub = await startHub({ clock, random });
  community = new HubCommunity(hub.url, { clock, random });
  await community.found();
});
afterAll(async () => {
  await hub.stop();
});
beforeEach(async () => {
  clock.advance(60_000);
  claimer = (await community.signIn(community.enrol('bg:petrova:desk-1'))).token;
  counter += 1;
  nagy = community.enrol(`hu:nagy:desk-${counter}`);
  ({ token } = await community.signIn(nagy));
});

async function texts(device: HubDevice, count: number, wish?: KeyPackageWish): Promise<string[]> {
  const made = [];
  for (let index = 0; index < count; index += 1) made.push(await newKeyPackage(device, { clock, random }, wish));
  return made.map(({ text }) => text);
}

function add(body: { keyPackages: string[]; lastResort?: string | undefined }): Promise<HubAnswer> {
  return callHub(hub.url, 'addKeyPackages', { body, token });
}

async function claim(...devices: string[]): Promise<(string | undefined)[]> {
  const answer = await mustCallHub(hub.url, 'claimKeyPackages', { body: { devices }, token: claimer });
  return ClaimedKeyPackages.parse(answer).claimed.map(({ keyPackage }) => keyPackage);
}

describe('adding KeyPackages', () => {
  it('counts them', async () => {
    const keyPackages = await texts(nagy, 2);
    const [lastResort] = await texts(nagy, 1, { lastResort: true });
    expect((await add({ keyPackages, lastResort })).body).toEqual({ oneTime: 2, lastResort: true });
    expect(await mustCallHub(hub.url, 'countKeyPackages', { token })).toEqual({ oneTime: 2, lastResort: true });
  });

  it('may be repeated where the answer was lost, even after a claim', async () => {
    const keyPackages = await texts(nagy, 2);
    await add({ keyPackages });
    const [claimed] = await claim(nagy.address);
    expect((await add({ keyPackages })).body).toEqual({ oneTime: 1, lastResort: false });
    const [other] = await claim(nagy.address);
    expect(new Set([claimed, other])).toEqual(new Set(keyPackages));
    expect(await claim(nagy.address)).toEqual([undefined]);
  });

  it('refuses one of another device, and then keeps none of them', async () => {
    const other = community.enrol('hu:other:desk-1');
    const keyPackages = [...(await texts(nagy, 1)), ...(await texts(other, 1))];
    expectRefusal(await add({ keyPackages }), { status: 422, code: 'not-allowed', check: 'KPK-01' });
    expect(await mustCallHub(hub.url, 'countKeyPackages', { token })).toEqual({ oneTime: 0, lastResort: false });
  });

  it('refuses one with an older certificate of the same device', async () => {
    const [old] = await texts(community.enrol(nagy.address), 1);
    expectRefusal(await add({ keyPackages: [old!] }), { status: 422, code: 'not-allowed', check: 'KPK-01' });
  });

  it('refuses one whose leaf is signed by a key other than the certificate’s', async () => {
    const stolen = { ...nagy, key: community.enrol('hu:thief:desk-1').key };
    expectRefusal(await add({ keyPackages: await texts(stolen, 1) }), {
      status: 422,
      code: 'not-allowed',
      check: 'KPK-02',
    });
  });

  it('refuses the extension of last resort in the wrong place', async () => {
    const [lastResort] = await texts(nagy, 1, { lastResort: true });
    const [oneTime] = await texts(nagy, 1);
    expectRefusal(await add({ keyPackages: [lastResort!] }), { status: 422, code: 'not-allowed', check: 'KPK-03' });
    expectRefusal(await add({ keyPackages: [], lastResort: oneTime }), {
      status: 422,
      code: 'not-allowed',
      check: 'KPK-03',
    });
  });

  it('refuses one that is damaged, or out of its lifetime', async () => {
    const [text] = await texts(nagy, 1);
    const bytes = Buffer.from(text!, 'base64url');
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    const damaged = await add({ keyPackages: [bytes.toString('base64url')] });
    expectRefusal(damaged, { status: 422, code: 'bad-signature', check: 'FRM-12' });
    const [brief] = await texts(nagy, 1, { lifetimeMs: 1000 });
    clock.advance(2000);
    expectRefusal(await add({ keyPackages: [brief!] }), { status: 422, code: 'not-allowed', check: 'FRM-13' });
    expect((await add({ keyPackages: ['AAAA'] })).status).toBe(400);
  });

  it('stops at the cap', async () => {
    const full = LIMITS.keyPackagesPerDevice;
    const keyPackages = await texts(nagy, full);
    expect((await add({ keyPackages })).body).toEqual({ oneTime: full, lastResort: false });
    expectRefusal(await add({ keyPackages: await texts(nagy, 1) }), {
      status: 422,
      code: 'not-allowed',
      check: 'KPK-04',
    });
  });
});

describe('claiming KeyPackages', () => {
  it('gives each one-time KeyPackage once, in twenty claims at the same moment', async () => {
    const keyPackages = await texts(nagy, 20);
    const [lastResort] = await texts(nagy, 1, { lastResort: true });
    await add({ keyPackages, lastResort });
    const claimed = await Promise.all(Array.from({ length: 20 }, () => claim(nagy.address)));
    const given = claimed.flat().filter((text) => text !== lastResort);
    expect(new Set(given).size).toBe(given.length);
    expect(given).toHaveLength(20);
    expect(await mustCallHub(hub.url, 'countKeyPackages', { token })).toEqual({ oneTime: 0, lastResort: true });
  });

  it('gives the one of last resort again and again once the others are gone', async () => {
    const [oneTime] = await texts(nagy, 1);
    const [lastResort] = await texts(nagy, 1, { lastResort: true });
    await add({ keyPackages: [oneTime!], lastResort });
    expect(await claim(nagy.address)).toEqual([oneTime]);
    expect(await claim(nagy.address)).toEqual([lastResort]);
    expect(await claim(nagy.address)).toEqual([lastResort]);
  });

  it('replaces the one of last resort', async () => {
    const [first] = await texts(nagy, 1, { lastResort: true });
    const [second] = await texts(nagy, 1, { lastResort: true });
    await add({ keyPackages: [], lastResort: first });
    await add({ keyPackages: [], lastResort: second });
    expect(await claim(nagy.address)).toEqual([second]);
  });

  it('answers in the order of the claim, with nothing for the unknown and the revoked', async () => {
    const keyPackages = await texts(nagy, 2);
    await add({ keyPackages });
    const claimed = await claim('hu:nobody:desk-1', nagy.address);
    expect([claimed[0], keyPackages.includes(claimed[1] ?? '')]).toEqual([undefined, true]);
    const crl = Buffer.from(community.revocationList('hu', counter, [nagy])).toString('base64url');
    await mustCallHub(hub.url, 'putRevocationList', { params: { contactPoint: 'hu' }, body: { crl } });
    expect(await claim(nagy.address)).toEqual([undefined]);
  });

  it('gives none that carry a superseded certificate, or have expired', async () => {
    await add({ keyPackages: await texts(nagy, 1, { lifetimeMs: 60_000 }) });
    clock.advance(60_000);
    expect(await claim(nagy.address)).toEqual([undefined]);
    await add({ keyPackages: await texts(nagy, 1) });
    await community.signIn(community.enrol(nagy.address, { key: nagy.key, notBefore: clock.now() - 1000 }));
    expect(await claim(nagy.address)).toEqual([undefined]);
  });

  it('refuses a device that stands twice', async () => {
    const body = { devices: [nagy.address, nagy.address] };
    expectRefusal(await callHub(hub.url, 'claimKeyPackages', { body, token: claimer }), {
      status: 400,
      code: 'malformed',
      check: 'KPK-05',
    });
  });
});
