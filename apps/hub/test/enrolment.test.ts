import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cryptoReady, generateSigningKey, type SigningKey } from '#liaison/crypto';
import { type EnrolmentState, fromBase64url, type InvitationView, toBase64url } from '#liaison/protocol';
import {
  callHub,
  HubCommunity,
  type HubDevice,
  hubEnrolmentRequest,
  type HubInvitation,
  hubInvitation,
  mustCallHub,
  seededRandom,
  startHub,
  TestClock,
  type TestHub,
} from '#liaison/testing';
import { expectRefusal } from './refusal.js';

const random = seededRandom('enrolment');
const HOUR = 60 * 60 * 1000;
let clock: TestClock;
let hub: TestHub;
let community: HubCommunity;
let origin: string;

interface Officer {
  readonly device: HubDevice;
  readonly token: string;
}
let petrova: Officer;
let ivanov: Officer;
let nagy: Officer;
let plain: Officer;

beforeAll(async () => {
  await cryptoReady();
  clock = new TestClock();
  hub = await startHub({ clock, random });
  community = new HubCommunity(hub.url, { clock, random }, ['bg', 'hu', 'iq']);
  const roster = await community.draft(1);
  const [bg, hu, ...others] = roster.contactPoints;
  const contactPoints = [{ ...bg!, administratorsToEnrol: 2 as const }, hu!, ...others];
  await mustCallHub(hub.url, 'putRoster', { body: community.signed({ ...roster, contactPoints }) });
  origin = roster.hub.origin;
});
afterAll(() => hub.stop());

/** Sessions end after a quarter of an hour, and this test's clock runs. */
beforeEach(async () => {
  clock.advance(60_000);
  petrova = await signedIn('bg:petrova:desk-1');
  ivanov = await signedIn('bg:ivanov:desk-1');
  nagy = await signedIn('hu:nagy:desk-1');
  plain = await signedIn('hu:plain:desk-1', ['officer']);
});

async function signedIn(
  address: string,
  duties: readonly ('officer' | 'administrator')[] = ['officer', 'administrator'],
) {
  const device = community.enrol(address, { duties });
  return { device, token: (await community.signIn(device)).token };
}

const invitationBy = ({ device }: Officer, change: Parameters<typeof hubInvitation>[2] = {}) =>
  hubInvitation(device, { origin, clock, random }, change);
const upload = ({ token }: Officer, { upload: body }: HubInvitation) =>
  callHub(hub.url, 'createInvitation', { token, body });
const request = (invitation: HubInvitation, key: SigningKey) =>
  callHub(hub.url, 'requestEnrolment', { body: hubEnrolmentRequest(invitation, key) });
const decide = ({ token }: Officer, { invitation }: HubInvitation, body: object) =>
  callHub(hub.url, 'decideEnrolment', { token, params: { invitation: invitation.id }, body });
const approval = (certificate: Uint8Array) => ({ outcome: 'approved', certificate: toBase64url(certificate) });
const listFor = async ({ token }: Officer) =>
  ((await mustCallHub(hub.url, 'listInvitations', { token })) as { invitations: InvitationView[] }).invitations;

async function opened(officer: Officer, change: Parameters<typeof hubInvitation>[2] = {}): Promise<HubInvitation> {
  const invitation = invitationBy(officer, change);
  expect((await upload(officer, invitation)).status).toBe(200);
  return invitation;
}

async function requested(officer: Officer) {
  const invitation = await opened(officer);
  const key = generateSigningKey(random);
  expect((await request(invitation, key)).status).toBe(200);
  return { invitation, key, certificate: certified(invitation, key) };
}

/** As the CA of the contact point would. */
function certified({ invitation }: HubInvitation, key: SigningKey, change: Parameters<HubCommunity['enrol']>[1] = {}) {
  const { device, clearance, duties } = invitation;
  const { certificate } = community.enrol(device, { key, clearance, duties, ...change });
  return certificate;
}

describe('an invitation', () => {
  it('is seen by administrators of its contact point, and by nobody else', async () => {
    const { invitation } = await opened(nagy);
    expect((await listFor(nagy))[0]).toMatchObject({
      state: 'open',
      invitation: expect.stringContaining(invitation.id),
    });
    for (const stranger of [petrova, plain]) {
      expect((await listFor(stranger)).filter((each) => each.invitation.includes(invitation.id))).toEqual([]);
    }
  });

  it('is taken again as the first time, but no other of its id: ENR-05', async () => {
    const invitation = await opened(nagy);
    expect((await upload(nagy, invitation)).status).toBe(200);
    const other = invitationBy(nagy, { id: invitation.invitation.id, officerName: 'Another' });
    expectRefusal(await upload(nagy, other), { status: 409, code: 'conflict', check: 'ENR-05' });
  });

  it('ENR-01: has its form', async () => {
    const { upload: good } = invitationBy(nagy);
    const body = { ...good, invitation: '{"v":1}' };
    const answer = await callHub(hub.url, 'createInvitation', { token: nagy.token, body });
    expectRefusal(answer, { status: 400, code: 'malformed', check: 'ENR-01' });
  });

  it('ENR-02: is made by an administrator, for the own contact point, in the own name, within its ceiling', async () => {
    const refused = { status: 422, code: 'not-allowed', check: 'ENR-02' } as const;
    expectRefusal(await upload(plain, invitationBy(plain)), refused);
    expectRefusal(await upload(nagy, invitationBy(nagy, { device: 'iq:spy:desk-1' })), refused);
    expectRefusal(await upload(nagy, invitationBy(nagy, { inviter: 'hu:kovacs:desk-1' })), refused);
    expectRefusal(await upload(nagy, invitationBy(nagy, { origin: 'https://elsewhere.example' })), refused);
    expectRefusal(await upload(nagy, invitationBy(nagy, { clearance: 'SECRET' })), refused);
  });

  it('ENR-03: is signed by the device that brings it', async () => {
    const forged = hubInvitation({ address: nagy.device.address, key: plain.device.key }, { origin, clock, random });
    expectRefusal(await upload(nagy, forged), { status: 422, code: 'bad-signature', check: 'ENR-03' });
  });

  it('ENR-04: runs out within two weeks', async () => {
    const refused = { status: 422, code: 'not-allowed', check: 'ENR-04' } as const;
    for (const hours of [-1, 15 * 24]) {
      const expiresAt = new Date(clock.now() + hours * HOUR).toISOString();
      expectRefusal(await upload(nagy, invitationBy(nagy, { expiresAt })), refused);
    }
  });
});

describe('a request on an invitation', () => {
  const none = { status: 404, code: 'not-found', check: 'ENR-06' } as const;

  it('ENR-06: without its token, after its end, or after another key, is as if there were no invitation', async () => {
    const key = generateSigningKey(random);
    const absent = await request(invitationBy(nagy), key);
    expectRefusal(absent, none);
    const invitation = await opened(nagy);
    const guessed = { ...invitation, token: random.bytes(16) };
    const saying = ({ body }: typeof absent) => ({ ...(body as { error: object }).error, requestId: '' });
    expect(saying(await request(guessed, key))).toEqual(saying(absent));
    expect((await request(invitation, key)).status).toBe(200);
    expect(saying(await request(invitation, generateSigningKey(random)))).toEqual(saying(absent));
    const late = await opened(nagy, { expiresAt: new Date(clock.now() + HOUR).toISOString() });
    clock.advance(HOUR + 1);
    expect(saying(await request(late, key))).toEqual(saying(absent));
  });

  it('that came in time is answered after the end of the invitation too', async () => {
    const invitation = await opened(nagy, { expiresAt: new Date(clock.now() + HOUR).toISOString() });
    const key = generateSigningKey(random);
    await request(invitation, key);
    clock.advance(2 * HOUR);
    expect(((await request(invitation, key)).body as EnrolmentState).state).toBe('requested');
  });

  it('ENR-07: is signed by the key that it brings', async () => {
    const invitation = await opened(nagy);
    const body = hubEnrolmentRequest(invitation, generateSigningKey(random));
    const { publicKey } = hubEnrolmentRequest(invitation, generateSigningKey(random));
    for (const wrong of [
      { ...body, publicKey },
      { ...body, publicKey: toBase64url(new Uint8Array(32)) },
    ]) {
      const answer = await callHub(hub.url, 'requestEnrolment', { body: wrong });
      expectRefusal(answer, { status: 422, code: 'bad-signature', check: 'ENR-07' });
    }
    expect((await listFor(nagy))[0]).toMatchObject({ state: 'open' });
  });
});

describe('a decision', () => {
  it('brings the certificate to the device, once and for all, and is in the log', async () => {
    const { invitation, key, certificate } = await requested(nagy);
    expect((await decide(nagy, invitation, approval(certificate))).status).toBe(200);
    expect((await decide(nagy, invitation, approval(certificate))).status).toBe(200);
    const state = (await request(invitation, key)).body as EnrolmentState;
    expect(state).toMatchObject({ state: 'approved', certificate: toBase64url(certificate) });
    const device = { address: invitation.invitation.device, key, certificate: fromBase64url(state.certificate ?? '') };
    await community.signIn(device);
    const person = invitation.invitation.device;
    const entries = await mustCallHub(hub.url, 'listLogEntries', { token: nagy.token, query: { person } });
    const types = JSON.stringify(entries).match(/enrolment\.[a-z]+/g);
    expect(types).toEqual(expect.arrayContaining(['enrolment.invited', 'enrolment.requested', 'enrolment.approved']));
  });

  it('ENR-08: of another contact point’s administrator, or of none, is as if there were no invitation', async () => {
    const { invitation, certificate } = await requested(nagy);
    const absent = await decide(nagy, invitationBy(nagy), { outcome: 'refused' });
    const none = { status: 404, code: 'not-found', check: 'ENR-08' } as const;
    expectRefusal(absent, none);
    for (const stranger of [petrova, plain]) {
      expectRefusal(await decide(stranger, invitation, approval(certificate)), none);
      expectRefusal(await decide(stranger, invitation, { outcome: 'refused' }), none);
    }
  });

  it('ENR-09: needs a request to approve, and is not taken back', async () => {
    const conflict = { status: 409, code: 'conflict', check: 'ENR-09' } as const;
    const early = await opened(nagy);
    const key = generateSigningKey(random);
    expectRefusal(await decide(nagy, early, approval(certified(early, key))), conflict);
    const { invitation, certificate } = await requested(nagy);
    expect((await decide(nagy, invitation, { outcome: 'refused' })).status).toBe(200);
    expectRefusal(await decide(nagy, invitation, approval(certificate)), conflict);
    expect((await listFor(nagy))[0]).toMatchObject({ state: 'refused' });
  });

  it('ENR-10: wants a second administrator where the contact point does', async () => {
    const { invitation, certificate } = await requested(petrova);
    const alone = await decide(petrova, invitation, approval(certificate));
    expectRefusal(alone, { status: 422, code: 'not-allowed', check: 'ENR-10' });
    expect((await decide(ivanov, invitation, approval(certificate))).status).toBe(200);
  });

  it('ENR-11: brings a certificate of the contact point’s CA, for this key and as invited', async () => {
    const { invitation, key } = await requested(nagy);
    const foreignCa = community.newAuthority('hu');
    const others = [
      certified(invitation, generateSigningKey(random)),
      certified(invitation, key, { duties: ['officer', 'administrator'] }),
      certified(invitation, key, { clearance: 'UNCLASSIFIED' }),
      community.enrol('hu:another:desk-1', { key }).certificate,
      community.enrol(invitation.invitation.device, { key }, foreignCa).certificate,
      new Uint8Array(40),
    ];
    for (const certificate of others) {
      const answer = await decide(nagy, invitation, approval(certificate));
      expectRefusal(answer, { status: 422, code: 'bad-signature', check: 'ENR-11' });
    }
  });
});
