import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '#liaison/crypto';
import { toBase64url } from '#liaison/protocol';
import {
  callHub,
  HubCommunity,
  mustCallHub,
  seededRandom,
  startHub,
  type TestClock,
  type HubAnswer,
  type TestHub,
} from '#liaison/testing';
import { foundedHub } from './hub-for-test.js';
import { expectRefusal } from './refusal.js';

let clock: TestClock;
let hub: TestHub;
let community: HubCommunity;
let number = 0;

beforeAll(async () => {
  ({ clock, hub, community } = await foundedHub('revocation'));
});
afterAll(async () => {
  await hub.stop();
});
beforeEach(() => {
  clock.advance(60_000);
});

function publish(contactPoint: string, crl: Uint8Array): Promise<HubAnswer> {
  return callHub(hub.url, 'putRevocationList', { params: { contactPoint }, body: { crl: toBase64url(crl) } });
}

describe('a revocation list', () => {
  it('is served once published', async () => {
    const params = { contactPoint: 'hu' };
    expectRefusal(await callHub(hub.url, 'getRevocationList', { params }), {
      status: 404,
      code: 'not-found',
      check: 'CRL-10',
    });
    const crl = community.revocationList('hu', 1, []);
    expect((await publish('hu', crl)).status).toBe(200);
    expect(await mustCallHub(hub.url, 'getRevocationList', { params })).toEqual({ crl: toBase64url(crl) });
    expect((await publish('hu', crl)).status).toBe(200);
  });

  it('is sent with others, but for those that the device has', async () => {
    number += 1;
    const crl = community.revocationList('bg', number, []);
    expect((await publish('bg', crl)).status).toBe(200);
    const { token } = await community.signIn(community.enrol('hu:nagy:desk-1'));
    const find = (...wanted: readonly object[]) =>
      mustCallHub(hub.url, 'findRevocationLists', { body: { wanted }, token });
    const bg = { contactPoint: 'bg', crl: toBase64url(crl) };
    expect(await find({ contactPoint: 'bg' }, { contactPoint: 'xx' })).toEqual({
      lists: [bg],
      unchanged: [],
      later: [],
    });
    const known = toBase64url(sha256(crl));
    expect(await find({ contactPoint: 'bg', known })).toEqual({ lists: [], unchanged: ['bg'], later: [] });
    const another = toBase64url(sha256(new Uint8Array()));
    expect(await find({ contactPoint: 'bg', known: another })).toMatchObject({ lists: [bg] });
  });

  it('comes from the CA of its contact point', async () => {
    const foreign = community.revocationList('hu', 9, []);
    expectRefusal(await publish('bg', foreign), { status: 422, code: 'bad-signature', check: 'CRL-02' });
    expectRefusal(await publish('xx', foreign), { status: 404, code: 'not-found', check: 'CRL-10' });
  });

  it('never has a lower number than the last, nor the same with other content', async () => {
    number += 2;
    expect((await publish('bg', community.revocationList('bg', number, []))).status).toBe(200);
    clock.advance(1000);
    const lower = community.revocationList('bg', number - 1, []);
    expectRefusal(await publish('bg', lower), { status: 422, code: 'not-allowed', check: 'CRL-04' });
    const same = community.revocationList('bg', number, []);
    expectRefusal(await publish('bg', same), { status: 422, code: 'not-allowed', check: 'CRL-07' });
  });

  it('is DER of RFC 5280', async () => {
    expectRefusal(await publish('bg', new Uint8Array(80)), { status: 400, code: 'malformed', check: 'CRL-01' });
    const altered = Uint8Array.from(community.revocationList('bg', 99, []));
    altered[altered.length - 1] = (altered[altered.length - 1] ?? 0) ^ 1;
    expectRefusal(await publish('bg', altered), { status: 422, code: 'bad-signature', check: 'CRL-03' });
  });
});

describe('a device that is revoked', () => {
  it('loses its session at once, cannot sign in again, and leaves the directory', async () => {
    const [revoked, kept] = [community.enrol('bg:dimov:desk-1'), community.enrol('bg:petrova:desk-1')];
    const [of, other] = [await community.signIn(revoked), await community.signIn(kept)];
    await mustCallHub(hub.url, 'countKeyPackages', { token: of.token });

    number += 1;
    expect((await publish('bg', community.revocationList('bg', number, [revoked]))).status).toBe(200);

    expectRefusal(await callHub(hub.url, 'countKeyPackages', { token: of.token }), {
      status: 401,
      code: 'unauthenticated',
      check: 'SIN-07',
    });
    await expect(community.signIn(revoked)).rejects.toThrow('SIN-03');
    const params = { contactPoint: 'bg' };
    expect(await mustCallHub(hub.url, 'listDevices', { params, token: other.token })).toEqual({
      devices: [{ device: 'bg:petrova:desk-1', certificate: toBase64url(kept.certificate) }],
    });
    const foreign = await community.signIn(community.enrol('hu:nagy:desk-1'));
    for (const [{ token }, isShown] of [
      [other, true],
      [foreign, false],
    ] as const) {
      const all = await mustCallHub(hub.url, 'listDevices', { params, query: { standing: 'any' }, token });
      expect(JSON.stringify(all).includes('bg:dimov:desk-1')).toBe(isShown);
    }
  });

  it('is refused by a hub that starts later, and by another that runs, within seconds', async () => {
    const other = await startHub({ clock, database: hub.database, configuration: { origin: hub.url } });
    const revoked = community.enrol('bg:ivanov:desk-1');
    number += 1;
    await publish('bg', community.revocationList('bg', number, [revoked]));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const later = await startHub({ clock, database: hub.database, configuration: { origin: hub.url } });
    for (const { url } of [other, later]) {
      const elsewhere = new HubCommunity(url, { clock, random: seededRandom(url) });
      await expect(elsewhere.signIn(revoked)).rejects.toThrow('SIN-03');
    }
    expect(other.logLines.join('') + later.logLines.join('')).toMatch(/"reason":"revoked".*"reason":"revoked"/s);
    await other.stop();
    await later.stop();
  });
});

describe('the directory', () => {
  it('is for devices alone, and of contact points that exist', async () => {
    const { token } = await community.signIn(community.enrol('bg:petrova:desk-1'));
    expectRefusal(await callHub(hub.url, 'listDevices', { params: { contactPoint: 'bg' } }), {
      status: 401,
      code: 'unauthenticated',
      check: 'SIN-04',
    });
    expectRefusal(await callHub(hub.url, 'listDevices', { params: { contactPoint: 'xx' }, token }), {
      status: 404,
      code: 'not-found',
      check: 'DIR-01',
    });
  });
});
