import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { createPrivateKey } from 'node:crypto';
import pg from 'pg';
import { type Session, SessionChallenge, toBase64url } from '#liaison/protocol';
import {
  callHub,
  HubCommunity,
  mustCallHub,
  seededRandom,
  startHub,
  type TestClock,
  type HubAnswer,
  type HubDevice,
  type TestHub,
} from '#liaison/testing';
import { foundedHub } from './hub-for-test.js';
import { expectRefusal } from './refusal.js';

const DAY = 24 * 60 * 60 * 1000;
const REFUSED = { status: 401, code: 'unauthenticated', check: 'SIN-03' };

let clock: TestClock;
let hub: TestHub;
let community: HubCommunity;
let petrova: HubDevice;

beforeAll(async () => {
  ({ clock, hub, community } = await foundedHub('session'));
});
afterAll(async () => {
  await hub.stop();
});
beforeEach(() => {
  // Refills the token buckets.
  clock.advance(60_000);
  petrova = community.enrol('bg:petrova:desk-1');
});

async function challenge(): Promise<SessionChallenge> {
  return SessionChallenge.parse(await mustCallHub(hub.url, 'createChallenge', { body: {} }));
}

function signIn(body: unknown): Promise<HubAnswer> {
  return callHub(hub.url, 'createSession', { body });
}

async function signInAs(device: HubDevice): Promise<HubAnswer> {
  const { nonce, origin } = await challenge();
  return signIn(community.signInBody(device, nonce, origin));
}

describe('signing in', () => {
  it('gives a device in good standing a session of 15 minutes', async () => {
    const session = await community.signIn(petrova);
    expect(session.device).toBe('bg:petrova:desk-1');
    expect(Date.parse(session.expiresAt) - clock.now()).toBe(15 * 60_000);
    await mustCallHub(hub.url, 'countKeyPackages', { token: session.token });
  });

  it('never lets a session outlive the certificate', async () => {
    const notAfter = clock.now() + 120_000;
    const session = await community.signIn(community.enrol('bg:petrova:desk-2', { notAfter }));
    expect(Date.parse(session.expiresAt)).toBe(notAfter);
  });

  it('refuses a signature that was made for another origin', async () => {
    const { nonce } = await challenge();
    expectRefusal(await signIn(community.signInBody(petrova, nonce, 'https://evil.example')), REFUSED);
  });

  it('refuses a signature by another key', async () => {
    const { nonce, origin } = await challenge();
    const thief = { ...petrova, key: community.enrol('bg:thief:desk-1').key };
    expectRefusal(await signIn(community.signInBody(thief, nonce, origin)), REFUSED);
  });

  it('takes a nonce once', async () => {
    const { nonce, origin } = await challenge();
    const body = community.signInBody(petrova, nonce, origin);
    expect((await signIn(body)).status).toBe(200);
    expectRefusal(await signIn(body), { ...REFUSED, check: 'SIN-02' });
  });

  it('gives one session where the same nonce comes twenty times at once', async () => {
    const { nonce, origin } = await challenge();
    const body = community.signInBody(petrova, nonce, origin);
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(body)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('refuses a nonce after its minute', async () => {
    const { nonce, origin } = await challenge();
    clock.advance(60_001);
    expectRefusal(await signIn(community.signInBody(petrova, nonce, origin)), { ...REFUSED, check: 'SIN-01' });
  });

  it('refuses a nonce that it did not make', async () => {
    const { nonce, origin } = await challenge();
    const foreign = toBase64url(seededRandom('foreign').bytes(32));
    expectRefusal(await signIn(community.signInBody(petrova, foreign, origin)), { ...REFUSED, check: 'SIN-01' });
    const altered = `${nonce.slice(0, -2)}${nonce.endsWith('AA') ? 'BA' : 'AA'}`;
    expectRefusal(await signIn(community.signInBody(petrova, altered, origin)), { ...REFUSED, check: 'SIN-01' });
  });

  it('refuses a certificate of a CA that the roster does not name', async () => {
    const foreign = community.enrol('bg:petrova:desk-1', {}, community.newAuthority('bg'));
    expectRefusal(await signInAs(foreign), REFUSED);
  });

  it('refuses a contact point that the roster does not name', async () => {
    expectRefusal(await signInAs(community.enrol('xx:nobody:desk-1', {}, community.newAuthority('xx'))), REFUSED);
    expect(hub.logLines.join('')).toContain('"check":"STA-03"');
  });

  it('refuses an expired certificate, and one that is not valid yet', async () => {
    const expired = community.enrol('bg:old:desk-1', { notBefore: clock.now() - DAY, notAfter: clock.now() - 1000 });
    expectRefusal(await signInAs(expired), REFUSED);
    expectRefusal(await signInAs(community.enrol('bg:early:desk-1', { notBefore: clock.now() + 60_000 })), REFUSED);
  });

  it('refuses a certificate once a later one of the same device has signed in', async () => {
    const earlier = community.enrol('bg:renewed:desk-1');
    const later = community.enrol('bg:renewed:desk-1', { notBefore: clock.now() - 1000 });
    const { token } = await community.signIn(earlier);
    await community.signIn(later);
    expectRefusal(await signInAs(earlier), REFUSED);
    clock.advance(6_000);
    expectRefusal(await callHub(hub.url, 'countKeyPackages', { token }), { ...REFUSED, check: 'SIN-06' });
  });

  it('says in the log, and only there, why it refused', async () => {
    const expired = community.enrol('bg:old:desk-1', { notBefore: clock.now() - DAY, notAfter: clock.now() - 1000 });
    const from = hub.logLines.length;
    await signInAs(expired);
    expect(hub.logLines.slice(from).join('')).toContain('"reason":"expired"');
  });
});

describe('a session', () => {
  it('is over when its device ends it', async () => {
    const { token } = await community.signIn(petrova);
    await mustCallHub(hub.url, 'endSession', { token });
    expectRefusal(await callHub(hub.url, 'countKeyPackages', { token }), { ...REFUSED, check: 'SIN-06' });
  });

  it('that ended leaves the device another one', async () => {
    const [ended, other] = [await community.signIn(petrova), await community.signIn(petrova)];
    await mustCallHub(hub.url, 'endSession', { token: ended.token });
    await mustCallHub(hub.url, 'countKeyPackages', { token: other.token });
  });

  it('is over after its 15 minutes', async () => {
    const { token } = await community.signIn(petrova);
    clock.advance(15 * 60_000);
    expectRefusal(await callHub(hub.url, 'countKeyPackages', { token }), { ...REFUSED, check: 'SIN-05' });
  });

  it('is refused where its token was altered', async () => {
    const { token } = await community.signIn(petrova);
    const [header = '', , signature = ''] = token.split('.');
    const claims = { sub: 'hu:nagy:desk-1', exp: Math.floor(clock.now() / 1000) + 600 };
    const forged = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    expectRefusal(await callHub(hub.url, 'countKeyPackages', { token: forged }), { ...REFUSED, check: 'SIN-05' });
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`;
    expectRefusal(await callHub(hub.url, 'countKeyPackages', { token: unsigned }), { ...REFUSED, check: 'SIN-05' });
  });

  it('is refused where another hub key signed its token', async () => {
    const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
    const key = createPrivateKey({
      key: Buffer.concat([prefix, Buffer.alloc(32, 9)]),
      format: 'der',
      type: 'pkcs8',
    });
    const token = await new SignJWT({ cnf: { 'x5t#S256': 'x' } })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'liaison-session+jwt' })
      .setIssuer(hub.configuration.origin)
      .setAudience('liaison-hub')
      .setSubject(petrova.address)
      .setJti('a')
      .setExpirationTime(clock.now() / 1000 + 600)
      .sign(key);
    expectRefusal(await callHub(hub.url, 'countKeyPackages', { token }), { ...REFUSED, check: 'SIN-05' });
  });

  it('is asked for where there is none', async () => {
    expectRefusal(await callHub(hub.url, 'countKeyPackages'), { ...REFUSED, check: 'SIN-04' });
    const basic = { authorization: 'Basic cGV0cm92YTpwYXNz' };
    expectRefusal(await callHub(hub.url, 'countKeyPackages', { headers: basic }), { ...REFUSED, check: 'SIN-04' });
  });
});

describe('another hub process on the same database and keys', () => {
  async function refusalsOf({ address }: HubDevice): Promise<number> {
    const client = new pg.Client({ connectionString: hub.database.appUrl });
    await client.connect();
    try {
      const about = ['%session.refused%', `%${address}%`];
      return (await client.query('SELECT FROM log_entries WHERE entry LIKE $1 AND entry LIKE $2', about)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  it('takes the same token, notices within seconds that the session ended, and logs no refusal that the other has', async () => {
    const { origin } = hub.configuration;
    const tokenKey = new Uint8Array(32).fill(3);
    const shared = { clock, database: hub.database, configuration: { tokenKey, origin } };
    const [first, second] = [await startHub(shared), await startHub(shared)];
    try {
      const elsewhere = new HubCommunity(first.url, { clock, random: seededRandom('elsewhere') });
      for (const [id, ca] of community.authorities) elsewhere.authorities.set(id, ca);
      const session: Session = await elsewhere.signIn(petrova);
      await mustCallHub(second.url, 'countKeyPackages', { token: session.token });
      await mustCallHub(first.url, 'endSession', { token: session.token });
      clock.advance(5_000);
      expectRefusal(await callHub(second.url, 'countKeyPackages', { token: session.token }), {
        ...REFUSED,
        check: 'SIN-06',
      });
      const expired = elsewhere.enrol('bg:old:desk-7', { notBefore: clock.now() - DAY, notAfter: clock.now() - 1000 });
      for (const { url } of [first, second, first]) {
        const { nonce } = SessionChallenge.parse(await mustCallHub(url, 'createChallenge', { body: {} }));
        expectRefusal(
          await callHub(url, 'createSession', { body: community.signInBody(expired, nonce, origin) }),
          REFUSED,
        );
      }
      expect(await refusalsOf(expired)).toBe(1);
    } finally {
      await first.stop();
      await second.stop();
    }
  });
});
