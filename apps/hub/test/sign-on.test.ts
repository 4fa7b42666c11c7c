import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cryptoReady, signSignInPolicy } from '#liaison/crypto';
import {
  ContactPointId,
  ProofOffer,
  ProofOutcome,
  ProofTicket,
  SecondFactorStatus,
  SignInPolicy,
  SignOnOffer,
} from '#liaison/protocol';
import {
  callHub,
  freePort,
  HubCommunity,
  type HubDevice,
  MovableClock,
  mustCallHub,
  seededRandom,
  startHub,
  type TestHub,
} from '#liaison/testing';
import { NationalSignOn } from './national-sign-on.js';

const BG = ContactPointId.parse('bg');

/** As the provider's: both read the time of this machine, and the hub's may go ahead. */
const clock = new MovableClock();
let hub: TestHub;
let community: HubCommunity;
let signOn: NationalSignOn;
let petrova: HubDevice;
let administrator: HubDevice;
let policies = 0;

beforeAll(async () => {
  await cryptoReady();
  const port = await freePort();
  signOn = await NationalSignOn.start(`http://127.0.0.1:${port}/second-factor`);
  hub = await startHub({ clock, configuration: { port, signOn: { bg: signOn.client } } });
  community = new HubCommunity(hub.url, { clock, random: seededRandom('sign-on') });
  await community.found();
  petrova = community.enrol('bg:petrova:desk-1');
  administrator = community.enrol('bg:stoyanov:desk-2', { duties: ['administrator', 'connector'] });
  await community.signIn(petrova);
  await demand({});
});
afterAll(async () => {
  await hub.stop();
  await signOn.stop();
});
beforeEach(async () => {
  clock.advance(60_000);
  Object.assign(signOn, { officer: 'petrova', forged: undefined });
  await allowAgain();
});

/** An administrator whose device is exempt forgives what failed. */
async function allowAgain(): Promise<void> {
  const { token } = await community.signIn(administrator);
  await mustCallHub(hub.url, 'allowRegistration', { token, body: { device: petrova.address, reset: false } });
}

/** The contact point's CA demands the national sign-on. */
async function demand(more: Partial<NonNullable<SignInPolicy['signOn']>>, secondFactor = 'oidc'): Promise<void> {
  policies += 1;
  const policy = SignInPolicy.parse({
    v: 1,
    contactPoint: BG,
    number: policies,
    issuedAt: new Date(clock.now()).toISOString(),
    secondFactor,
    hours: 1,
    signOn: { issuer: signOn.issuer, claim: 'officer', ...more },
  });
  const body = signSignInPolicy(policy, community.authorities.get('bg')!.key);
  await mustCallHub(hub.url, 'putSignInPolicy', { params: { contactPoint: 'bg' }, body });
}

/** A page that has opened its link. */
async function opened() {
  const { token } = await community.signIn(petrova);
  const { link } = ProofTicket.parse(
    await mustCallHub(hub.url, 'createProofTicket', { token, body: { purpose: 'prove' } }),
  );
  const offer = ProofOffer.parse(await mustCallHub(hub.url, 'openTicket', { body: { ticket: link.split('#')[1] } }));
  if (offer.outcome === 'refused') throw new Error(offer.message);
  return { token, offer, flow: offer.flow };
}

async function begun() {
  const { token, flow } = await opened();
  const offer = SignOnOffer.parse(await mustCallHub(hub.url, 'beginSignOn', { body: { flow } }));
  if (offer.outcome === 'refused') throw new Error(offer.message);
  return { token, flow, url: new URL(offer.url) };
}

async function answered(flow: string, query: string): Promise<string> {
  const outcome = ProofOutcome.parse(await mustCallHub(hub.url, 'proveBySignOn', { body: { flow, query } }));
  return outcome.outcome === 'refused' ? outcome.check : outcome.outcome;
}

const state = async (token: string) =>
  SecondFactorStatus.parse(await mustCallHub(hub.url, 'getSecondFactor', { token })).state;

/** The ID token of a provider gone wrong, in which all else is right. */
async function withClaims(claims: (nonce: string) => object): Promise<string> {
  await allowAgain();
  const { flow, url } = await begun();
  const query = await signOn.visit(url.href);
  const now = Math.floor(Date.now() / 1000);
  const right = {
    iss: signOn.issuer,
    aud: signOn.client.clientId,
    sub: 'x',
    iat: now,
    exp: now + 600,
    officer: 'petrova',
    auth_time: now,
  };
  const nonce = url.searchParams.get('nonce') ?? '';
  signOn.forged = { ...right, nonce, ...claims(nonce) };
  return answered(flow, query);
}

describe('the national sign-on', () => {
  it('is what the page offers, with code, PKCE, state and nonce', async () => {
    const { offer } = await opened();
    expect(offer).toMatchObject({ signOn: new URL(signOn.issuer).host });
    expect(offer).not.toHaveProperty('webauthn');
    const { url } = await begun();
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      max_age: '300',
      redirect_uri: `${hub.url}/second-factor`,
      state: expect.stringMatching(/^.{43}$/),
      nonce: expect.stringMatching(/^.{43}$/),
    });
  });

  it('proves the officer, once, for as long as the policy says', async () => {
    const { token, flow, url } = await begun();
    expect(await state(token)).toBe('needed');
    const query = await signOn.visit(url.href);
    expect(await answered(flow, query)).toBe('proved');
    await mustCallHub(hub.url, 'listChannels', { token });
    expect(await answered(flow, query)).toBe('SFA-02');
    clock.advance(61 * 60_000);
    expect(await state((await community.signIn(petrova)).token)).toBe('needed');
  });

  it('proves by the officer with the contact point, too', async () => {
    signOn.officer = 'bg:petrova';
    const { flow, url } = await begun();
    expect(await answered(flow, await signOn.visit(url.href))).toBe('proved');
  });

  it.each(['ivanov', 'hu:petrova', 'Petrova'])('refuses another officer: %s', async (officer) => {
    signOn.officer = officer;
    const { flow, url } = await begun();
    expect(await answered(flow, await signOn.visit(url.href))).toBe('SFA-06');
  });

  it.each(['state', 'nonce', 'code_challenge'])('refuses an answer to another question: %s', async (name) => {
    const { flow, url } = await begun();
    url.searchParams.set(name, 'A'.repeat(43));
    expect(await answered(flow, await signOn.visit(url.href))).toBe('SFA-06');
  });

  it('refuses the answer that another flow was given', async () => {
    const [mine, other] = [await begun(), await begun()];
    expect(await answered(mine.flow, await signOn.visit(other.url.href))).toBe('SFA-06');
    const last = await begun();
    expect(await answered(last.flow, 'error=access_denied&state=x')).toBe('SFA-06');
    expect(await answered((await opened()).flow, 'code=a&state=b')).toBe('SFA-06');
  });

  it('takes an ID token of this provider for this hub alone, in its time', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await withClaims(() => ({}))).toBe('proved');
    expect(await withClaims(() => ({ aud: 'another' }))).toBe('SFA-06');
    expect(await withClaims(() => ({ iss: 'https://elsewhere.example' }))).toBe('SFA-06');
    expect(await withClaims(() => ({ exp: now - 3600, iat: now - 7200 }))).toBe('SFA-06');
    expect(await withClaims(() => ({ nonce: undefined }))).toBe('SFA-06');
    expect(await withClaims(() => ({ officer: undefined }))).toBe('SFA-06');
    expect(await withClaims(() => ({ auth_time: now - 3600 }))).toBe('SFA-06');
    expect(await withClaims(() => ({ auth_time: undefined }))).toBe('SFA-06');
  });

  it('has to be as strong and as fresh as the policy wants', async () => {
    const now = Math.floor(Date.now() / 1000);
    await demand({ acr: ['high'], maxAgeMinutes: 2 });
    expect(await withClaims(() => ({ acr: 'high' }))).toBe('proved');
    expect(await withClaims(() => ({ acr: 'low' }))).toBe('SFA-06');
    expect(await withClaims(() => ({ acr: 'high', auth_time: now - 240 }))).toBe('SFA-06');
  });

  it('makes who fails wait, then locks out, until another administrator allows it', async () => {
    const fails = async () => answered((await opened()).flow, 'code=a&state=b');
    const asks = async () => {
      const { token } = await community.signIn(petrova);
      const { status, body } = await callHub(hub.url, 'createProofTicket', { token, body: { purpose: 'prove' } });
      return status === 200 ? 'a link' : (body as { error: { check: string } }).error.check;
    };
    await demand({});
    for (const _ of [1, 2, 3]) expect(await fails()).toBe('SFA-06');
    expect(await asks()).toBe('SFA-08');
    for (let failed = 3; failed < 10; failed += 1) {
      clock.advance(30_000 * 2 ** (failed - 3));
      expect(await fails()).toBe('SFA-06');
    }
    clock.advance((365 * 24 * 60 * 60_000) / 12);
    expect(await asks()).toBe('SFA-09');
    await allowAgain();
    expect(await asks()).toBe('a link');
  });

  it('gives no first key by a link that is to prove, once the first day is over', async () => {
    await demand({}, 'either');
    expect((await opened()).offer.webauthn).toMatchObject({ act: 'create' });
    clock.advance(25 * 60 * 60_000);
    const { flow, url } = await begun();
    expect(await answered(flow, await signOn.visit(url.href))).toBe('proved');
    expect((await opened()).offer).not.toHaveProperty('webauthn');
  });

  it('that is away proves nobody, and keeps no other secret in the hub’s log than that', async () => {
    await demand({ issuer: 'http://127.0.0.1:9/nobody' });
    const { flow } = await opened();
    expect(await mustCallHub(hub.url, 'beginSignOn', { body: { flow } })).toMatchObject({ check: 'SFA-07' });
    const log = hub.logLines.join('');
    expect(log).toContain('A national sign-on failed.');
    expect(log).not.toContain(signOn.client.clientSecret);
  });
});
