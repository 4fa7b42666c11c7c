import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateSigningKey, signSignInPolicy } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  ContactPointId,
  decodeUntrustedSignInPolicy,
  ProofTicket,
  type RouteName,
  SecondFactorStatus,
  SignInPolicy,
  timestampOf,
} from '#liaison/protocol';
import { type Actor, callHub, type Community, mustCallHub, startCommunity } from '#liaison/testing';
import type { Browser, Page } from 'playwright-core';
import { NationalSignOn } from '../../apps/hub/test/national-sign-on.js';
import { Connected } from '../hub/member.js';
import { chromiumPath, startChromium, VirtualKey } from './chromium.js';

const BG = ContactPointId.parse('bg');
const HOUR = 60 * 60 * 1000;

let community: Community;
let browser: Browser;
/** An administrator of Bulgaria, an officer, and another administrator. */
let [sofia, ivanov, stoyanov]: Actor[] = [];
let page: Page;
let key: VirtualKey;

const describeInBrowser = chromiumPath === undefined ? describe.skip : describe;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  const devices = ['bg:ivanov:desk-1', 'bg:stoyanov:desk-2'];
  community = await startCommunity({
    cities: ['sofia', 'budapest'],
    devices,
    withoutDuties: ['bg:ivanov:desk-1'],
    host: 'localhost',
  });
  sofia = community.sofia;
  [ivanov, stoyanov] = devices.map((address) => community.device(address));
  for (const desk of [sofia, ivanov!, stoyanov!]) desk.movesTime = false;
  browser = await startChromium();
  page = await newPage();
  key = await VirtualKey.insert(page);
}, 120_000);
afterAll(async () => {
  if (chromiumPath === undefined) return;
  await browser.close();
  await community.stop();
});

async function newPage(): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB' });
  return context.newPage();
}

const checkOf = (act: Promise<unknown>) =>
  act.then(
    () => 'done',
    (error: unknown) => (error as { details?: { check?: string } }).details?.check ?? String(error),
  );

async function call(actor: Actor, route: RouteName, body?: unknown) {
  const { token } = await actor.client.signIn();
  return callHub(community.hub.url, route, { token, ...(body !== undefined && { body }) });
}
const status = async (actor: Actor) => SecondFactorStatus.parse((await call(actor, 'getSecondFactor')).body);
const ticket = async (actor: Actor, purpose = 'prove') =>
  ProofTicket.parse((await call(actor, 'createProofTicket', { purpose })).body);

/** What the page says once it has nothing more to ask. @param on presses the button that it shows. */
async function follows({ link, code }: ProofTicket, on = page): Promise<string> {
  await on.goto('about:blank');
  await on.goto(link);
  await on.locator('body[data-state]').waitFor();
  if (await on.locator('#webauthn').isVisible()) {
    expect(await on.locator('#code').textContent()).toBe(code);
    await on.locator('#webauthn').click();
  }
  await on.locator('body[data-state=ended]').waitFor();
  return (await on.locator('#status').textContent()) ?? '';
}

const DONE = /^Done\./;
const authorities = () => community.founded.authorities.get(BG)!;

/** The policy after the last, published by the CA's holder, without a session. */
async function publishes(wish: Pick<SignInPolicy, 'secondFactor' | 'hours' | 'signOn'>): Promise<void> {
  const { policy } = await status(ivanov!);
  const number = decodeUntrustedSignInPolicy(policy!.policy).number + 1;
  const next = SignInPolicy.parse({ v: 1, contactPoint: BG, number, issuedAt: timestampOf(community.clock), ...wish });
  const body = signSignInPolicy(next, authorities().key);
  await mustCallHub(community.hub.url, 'putSignInPolicy', { params: { contactPoint: 'bg' }, body });
}

describeInBrowser('a sign-in policy', () => {
  it('is signed by the contact point’s CA, and never goes back', async () => {
    const policy = SignInPolicy.parse({
      v: 1,
      contactPoint: BG,
      number: 1,
      issuedAt: timestampOf(community.clock),
      secondFactor: 'none',
      hours: 12,
    });
    const put = async (contactPoint: string, body: unknown) => {
      community.clock.advance(2_000);
      const answer = await callHub(community.hub.url, 'putSignInPolicy', { params: { contactPoint }, body });
      return answer.status === 200 ? 'done' : (answer.body as { error: { check: string } }).error.check;
    };
    const signed = signSignInPolicy(policy, authorities().key);
    expect(await put('bg', signSignInPolicy(policy, generateSigningKey(systemRandom)))).toBe('SPO-02');
    expect(await put('hu', signed)).toBe('SPO-02');
    expect(await put('xx', signed)).toBe('SPO-03');
    expect(await put('bg', { ...signed, policy: '{}' })).toBe('SPO-01');
    expect([await put('bg', signed), await put('bg', signed)]).toEqual(['done', 'done']);
    for (const number of [1, 3, 2_147_483_647]) {
      const other = signSignInPolicy({ ...policy, number, hours: 1 }, authorities().key);
      expect(await put('bg', other)).toBe('SPO-04');
    }
    expect(
      await sofia!.client.secondFactor.publishPolicy({ secondFactor: 'webauthn', hours: 12 }, authorities()),
    ).toEqual({ number: 2, connectors: 'any' });
  });

  it('leaves a session half-open: it may prove, read where it stands and end', async () => {
    for (const route of ['listChannels', 'listSessions', 'lockOfficer', 'countKeyPackages'] as const)
      expect(await call(ivanov!, route, route === 'lockOfficer' ? {} : undefined)).toMatchObject({
        status: 403,
        body: { error: { code: 'second-factor-needed', check: 'SIN-08' } },
      });
    expect(await checkOf(ivanov!.client.sync())).toBe('SIN-08');
    const { token } = await ivanov!.client.signIn();
    await expect(Connected.open(community.hub.url, token)).rejects.toMatchObject({
      data: { error: { code: 'second-factor-needed' } },
    });
    expect(await status(ivanov!)).toMatchObject({ state: 'needed', mayRegister: true, credentials: [] });
    await mustCallHub(community.hub.url, 'endSession', { token });
    await community.budapest.syncs();
  });
});

describeInBrowser('a security key', () => {
  it('is registered once, in the day after a device first signed in, and is a proof', async () => {
    const first = await ticket(ivanov!);
    expect(await follows(first)).toMatch(DONE);
    expect(await status(ivanov!)).toMatchObject({ state: 'proved', mayRegister: false, proof: { method: 'webauthn' } });
    await ivanov!.syncs();
    expect(await follows(first)).toMatch(/used, or is out of date.*SFA-01/);
  });

  it('keeps its link out of the hub’s log and of the browser’s history', async () => {
    const { link } = await ticket(ivanov!);
    const credential = {
      id: 'AAAA',
      rawId: 'AAAA',
      type: 'public-key',
      response: { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA' },
    };
    const guessed = { body: { flow: 'A'.repeat(43), credential } };
    expect(await mustCallHub(community.hub.url, 'proveByWebauthn', guessed)).toMatchObject({ check: 'SFA-02' });
    await page.goto('about:blank');
    await page.goto(link);
    await page.locator('#webauthn').waitFor();
    expect(page.url()).toBe(`${community.hub.url}/second-factor`);
    expect(community.hub.logLines.join('')).not.toContain(link.split('#')[1]);
    expect(await community.hub.stolenDatabase()).not.toContain(link.split('#')[1]);
  });

  it('proves for each device once the proof before has run out, while a command waits', async () => {
    community.clock.advance(13 * HOUR);
    expect(await status(ivanov!)).toMatchObject({ state: 'needed' });
    const proving = { told: '' };
    const proved = await ivanov!.client.secondFactor.prove('prove', (told) => {
      void follows(told).then((said) => (proving.told = said));
    });
    expect(proved.state).toBe('proved');
    expect(await checkOf(ivanov!.client.secondFactor.status())).toBe('done');
  });

  it('counts no longer than a policy says that shortens the hours', async () => {
    community.clock.advance(2 * HOUR);
    const secondFactor = { secondFactor: 'webauthn' } as const;
    await publishes({ ...secondFactor, hours: 1 });
    expect(await status(ivanov!)).toMatchObject({ state: 'needed' });
    expect(await checkOf(ivanov!.client.secondFactor.status())).toBe('done');
    expect(await call(ivanov!, 'listChannels')).toMatchObject({ status: 403 });
    await publishes({ ...secondFactor, hours: 12 });
    expect(await status(ivanov!)).toMatchObject({ state: 'proved' });
  });

  it('is refused where its counter has not risen, for it may be a copy; and where the answer is another’s', async () => {
    await key.setCounter(1);
    expect(await follows(await ticket(ivanov!))).toMatch(/does not verify.*SFA-04/);
    await key.setCounter(1_000);
    await page.route('**/v1/second-factor/webauthn', async (route) => {
      const body = route.request().postDataJSON() as { credential: { response: object } };
      const clientDataJSON = Buffer.from('{"type":"webauthn.get","challenge":"AAAA","origin":"https://evil.example"}');
      const response = { ...body.credential.response, clientDataJSON: clientDataJSON.toString('base64url') };
      await route.continue({ postData: JSON.stringify({ ...body, credential: { ...body.credential, response } }) });
    });
    expect(await follows(await ticket(ivanov!))).toMatch(/SFA-04/);
    await page.unrouteAll();
    const refused = (await community.hub.logEntries()).filter(({ type }) => type === 'second-factor.refused');
    expect(refused.map(({ actor, subject }) => [actor, subject.device])).toContainEqual(['hub', ivanov!.device]);
    expect(await follows(await ticket(ivanov!))).toMatch(DONE);
  });

  it('is added with a proof of the last minutes only, which a command has made first, and removed by its officer', async () => {
    const second = await newPage();
    await VirtualKey.insert(second);
    community.clock.advance(HOUR / 10);
    expect(await checkOf(ivanov!.client.secondFactor.prove('register', () => undefined))).toBe('SFA-10');
    const said: Promise<string>[] = [];
    ivanov!.onSecondFactor = (told) => void said.push(follows(told));
    await ivanov!.starts();
    await ivanov!.client.secondFactor.prove('register', (told) => void said.push(follows(told, second)));
    expect(await Promise.all(said)).toEqual([expect.stringMatching(DONE), expect.stringMatching(DONE)]);
    ivanov!.onSecondFactor = undefined;
    await ivanov!.starts();
    const { credentials } = await status(ivanov!);
    expect(credentials).toHaveLength(2);
    await call(community.budapest, 'removeCredential', { credential: credentials[1]!.id });
    expect((await status(ivanov!)).state).toBe('proved');
    await ivanov!.client.secondFactor.remove(credentials[1]!.id);
    expect(await status(ivanov!)).toMatchObject({ state: 'needed', credentials: [expect.anything()] });
    await second.close();
  });

  it('of a device of long ago is registered once another administrator allows it', async () => {
    community.clock.advance(25 * HOUR);
    expect(await follows(await ticket(sofia!))).toMatch(/liaison admin second-factor allow bg:petrova:desk-1.*SFA-03/);
    // Nobody of Bulgaria has proved yet but an officer: the contact point's CA goes back to `none` for a moment.
    await publishes({ secondFactor: 'none', hours: 12 });
    expect(await call(ivanov!, 'allowRegistration', { device: sofia!.device, reset: false })).toMatchObject({
      body: { refused: 'SFA-05' },
    });
    expect(await checkOf(sofia!.client.secondFactor.allow(sofia!.device, false))).toBe('SFA-05');
    await stoyanov!.client.secondFactor.allow(sofia!.device, false);
    const own = await newPage();
    await VirtualKey.insert(own);
    expect(await follows(await ticket(sofia!), own)).toMatch(DONE);
    await own.close();
  });

  it('no longer lets the device in that proved with it, once its officer is locked or one of its sessions is ended', async () => {
    expect(await follows(await ticket(ivanov!))).toMatch(DONE);
    const { lock } = await ivanov!.client.sessions.lock('It was left open');
    await stoyanov!.client.sessions.unlock(lock, 'Found again');
    expect((await status(ivanov!)).proof).toBeUndefined();
    expect(await follows(await ticket(ivanov!))).toMatch(DONE);
    const { token } = await ivanov!.client.signIn();
    const [older] = (await ivanov!.client.sessions.list('own')).filter(({ isThis }) => !isThis);
    expect(await stoyanov!.client.sessions.end([older!.id])).toEqual([older!.id]);
    expect(await callHub(community.hub.url, 'listChannels', { token })).toMatchObject({ status: 401 });
    expect((await status(ivanov!)).proof).toBeUndefined();
  });

  it('that is lost is taken away by an administrator, and its proofs and sessions with it', async () => {
    expect(await follows(await ticket(ivanov!))).toMatch(DONE);
    const { token } = await ivanov!.client.signIn();
    await sofia!.client.secondFactor.allow(ivanov!.device, true);
    expect(await callHub(community.hub.url, 'listChannels', { token })).toMatchObject({ status: 401 });
    expect(await status(ivanov!)).toMatchObject({ credentials: [], mayRegister: true });
    const types = (await community.hub.logEntries()).map(({ type }) => type);
    for (const type of ['registered', 'proved', 'removed', 'allowed', 'reset'])
      expect(types).toContain(`second-factor.${type}`);
  });
});

describeInBrowser('a hub that does not keep to the policy', () => {
  it('is found out where it shows an older one, none, or does not ask', async () => {
    const { client, hub } = ivanov!;
    await sofia!.client.secondFactor.publishPolicy({ secondFactor: 'webauthn', hours: 12 }, authorities());
    expect(await checkOf(client.secondFactor.status())).toBe('done');
    hub.lieAbout('getSecondFactor', (told) => ({ ...(told as object), policy: undefined }));
    expect(await checkOf(client.secondFactor.status())).toBe('CLI-88');
    hub.lieAbout('getSecondFactor', (told) => ({ ...(told as object), state: 'not-needed' }));
    expect(await checkOf(client.secondFactor.status())).toBe('CLI-89');
    hub.tellTruth();
  });

  it('is found out where its link leads elsewhere, before an officer can open it (CLI-85)', async () => {
    const { client, hub } = ivanov!;
    const shown: ProofTicket[] = [];
    for (const other of [
      (link: string) => link.replace('http://', 'http://not-the-hub.example:1/'),
      (link: string) => `${link}\u001b[2J`,
      (link: string) => link.replace('/second-factor', '/second-factor/more'),
    ]) {
      hub.lieAbout('createProofTicket', (told) => ({
        ...(told as ProofTicket),
        link: other((told as ProofTicket).link),
      }));
      expect(await checkOf(client.secondFactor.prove('prove', (ticket) => shown.push(ticket)))).toBe('CLI-85');
    }
    expect(shown).toEqual([]);
    hub.tellTruth();
  });
});

describeInBrowser('the national sign-on', () => {
  it('is where the page goes and comes back from, in the same tab only', async () => {
    const signOn = await NationalSignOn.start(`${community.hub.url}/second-factor`);
    try {
      await community.hub.restart({ signOn: { bg: signOn.client } });
      const rule = { issuer: signOn.issuer, claim: 'officer' };
      await publishes({ secondFactor: 'either', hours: 12, signOn: rule });
      signOn.officer = 'ivanov';
      const { link } = await ticket(ivanov!);
      await page.goto('about:blank');
      await page.goto(link);
      await page.locator('#sign-on').click();
      await page.locator('body[data-state=ended]').waitFor();
      expect(await page.locator('#status').textContent()).toMatch(DONE);
      expect(await status(ivanov!)).toMatchObject({ state: 'proved', proof: { method: 'oidc' } });
      await page.goto(`${community.hub.url}/second-factor?code=of-somebody-else&state=theirs`);
      await page.locator('#status', { hasText: 'needs a link from your program' }).waitFor();
      expect(page.url()).toBe(`${community.hub.url}/second-factor`);
    } finally {
      await signOn.stop();
    }
  });
});

describeInBrowser('the page', () => {
  it('runs nothing but its own script, and reads from right to left where the language does', async () => {
    const { headers } = await callHub(community.hub.url, 'secondFactorPage');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/);
    expect([headers.get('referrer-policy'), headers.get('x-frame-options')]).toEqual(['no-referrer', 'SAMEORIGIN']);
    for (const [locale, ...expected] of [
      ['ckb-IQ', 'rtl', 'ckb', 'سەلماندنی دووەم'],
      ['bn-BD', 'ltr', 'bn', 'দ্বিতীয় প্রমাণ'],
    ]) {
      const other = await (await browser.newContext({ locale: locale ?? '' })).newPage();
      const faults: string[] = [];
      other.on('console', (message) => void faults.push(message.text()));
      await other.goto(`${community.hub.url}/second-factor`);
      await other.locator('#status', { hasText: 'liaison second-factor' }).waitFor();
      const shown = await other.evaluate(() => {
        const { dir, lang } = document.documentElement;
        return [dir, lang, document.querySelector('#title')?.textContent];
      });
      expect([shown, faults]).toEqual([expected, []]);
      await other.goto('about:blank');
      await other.goto(`${community.hub.url}/second-factor#${'A'.repeat(43)}`);
      await other.locator('#status', { hasText: '[SFA-01]' }).waitFor();
      expect(await other.locator('#status').textContent()).not.toContain('Ask for');
      await other.context().close();
    }
  });
});
