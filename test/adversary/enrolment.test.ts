import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Administration,
  askForCertificate,
  beginEnrolment,
  enrolDevice,
  foundAuthority,
  type HubTransport,
  httpTransport,
  type JoiningKitFile,
  memoryStore,
  openClient,
  readInvitationCode,
} from '#liaison/client';
import { type CertificateAuthority, generateSigningKey, signingKeyFromSeed } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  ContactPointId,
  DeviceAddress,
  EnrolmentState,
  InvitationList,
  type InvitationView,
  type RouteName,
  toBase64url,
} from '#liaison/protocol';
import { type Community, hubEnrolmentRequest, hubInvitation, startCommunity } from '#liaison/testing';

let community: Community;
let ca: CertificateAuthority;
let kit: JoiningKitFile;
const BG = ContactPointId.parse('bg');

beforeAll(async () => {
  community = await startCommunity({ cities: ['sofia', 'budapest'] });
  ca = community.founded.authorities.get(BG)!;
  const { url: hubUrl } = community.hub;
  kit = { type: 'liaison-joining-kit', v: 1, contactPoint: BG, hubUrl, roster: community.founded.roster };
});
afterAll(() => community.stop());

type Lie = (answer: unknown) => unknown;

/** The honest hub, but for what it says on one route. */
function lyingOn(route: RouteName, lie: Lie): HubTransport {
  const honest = httpTransport({ hubUrl: community.hub.url });
  return {
    request: async (name, request, token) => {
      const answer = await honest.request(name, request, token);
      return name === route ? lie(answer) : answer;
    },
    openSocket: (token) => honest.openSocket(token),
  };
}

/** The administration of Sofia's desk by a client of its own, over this transport. */
async function administration(transport: HubTransport): Promise<Administration> {
  const profile = community.founded.profiles.get(DeviceAddress.parse('bg:petrova:desk-1'))!;
  const client = await openClient({
    profile,
    transport,
    store: memoryStore(),
    clock: community.clock,
    random: systemRandom,
  });
  return client.administration;
}

const honest = () => httpTransport({ hubUrl: community.hub.url });
const at = () => community.clock.now();

async function invited(device = 'bg:ivanov:desk-1') {
  const desk = await administration(honest());
  const { invitation, code } = await desk.invite({
    device: DeviceAddress.parse(device),
    officerName: 'Иван Иванов',
    clearance: 'RESTRICTED',
    duties: ['officer'],
    hours: 48,
  });
  return { invitation, pending: beginEnrolment(kit, readInvitationCode(code), systemRandom) };
}

const refusal = (check: string) => expect.objectContaining({ details: expect.objectContaining({ check }) });

describe('a hub that lies about an enrolment', () => {
  it('ENR-12: cannot have its own key certified: the safety numbers differ', async () => {
    const { invitation, pending } = await invited();
    const { safetyNumber } = await askForCertificate(pending, honest(), at());
    const own = generateSigningKey(systemRandom);
    const desk = await administration(
      lyingOn('listInvitations', (answer) => withKey(InvitationList.parse(answer).invitations, invitation.id, own)),
    );
    await expect(desk.approve(invitation.id, { ca, safetyNumber })).rejects.toEqual(refusal('ENR-12'));
    const shown = (await desk.invitations()).reports.find((report) => report.invitation.id === invitation.id);
    expect(shown?.safetyNumber).not.toBe(safetyNumber);
    const report = await (await administration(honest())).approve(invitation.id, { ca, safetyNumber });
    expect(report.state).toBe('approved');
  });

  it('ENR-07: cannot bring a key that it does not hold', async () => {
    const { invitation, pending } = await invited();
    await askForCertificate(pending, honest(), at());
    const lie: Lie = (answer) => ({
      invitations: InvitationList.parse(answer).invitations.map((view) => ({
        ...view,
        ...(view.request && {
          request: { ...view.request, publicKey: toBase64url(generateSigningKey(systemRandom).publicKey) },
        }),
      })),
    });
    const { reports, unverified } = await (await administration(lyingOn('listInvitations', lie))).invitations();
    expect(reports.map((report) => report.invitation.id)).not.toContain(invitation.id);
    expect(unverified).toBeGreaterThan(0);
  });

  it('ENR-13: cannot invite anybody itself, nor change what an administrator offered', async () => {
    const { pending, invitation } = await invited();
    const forge =
      (change: object, key = generateSigningKey(systemRandom)): Lie =>
      (answer) => {
        const state = EnrolmentState.parse(answer);
        const { upload } = hubInvitation({ address: invitation.inviter, key }, ports(), { ...invitation, ...change });
        return { ...state, invitation: upload.invitation, signature: upload.signature };
      };
    for (const change of [{ clearance: 'UNCLASSIFIED' }, { duties: ['officer', 'administrator'] }, {}]) {
      const asked = askForCertificate(pending, lyingOn('requestEnrolment', forge(change)), at());
      await expect(asked).rejects.toEqual(refusal('ENR-13'));
    }
  });

  it('ENR-13: cannot answer with the invitation of somebody else', async () => {
    const [first, second] = [await invited(), await invited()];
    const other = await askedRaw(second.pending);
    const lie: Lie = () => other;
    const asked = askForCertificate(first.pending, lyingOn('requestEnrolment', lie), at());
    await expect(asked).rejects.toEqual(refusal('ENR-13'));
  });

  it('ENR-13: an officer who is no administrator invites nobody, whatever the hub says', async () => {
    const key = generateSigningKey(systemRandom);
    const address = DeviceAddress.parse('bg:plain:desk-1');
    const certificate = enrolDevice(
      {
        ca,
        device: { address, officerName: 'Plain' },
        devicePublicKey: key.publicKey,
        clearance: 'RESTRICTED',
        duties: ['officer'],
      },
      { clock: community.clock, random: systemRandom },
    );
    const { pending } = await invited();
    const lie: Lie = (answer) => {
      const id = pending.invited?.id;
      const { upload } = hubInvitation({ address, key }, ports(), { id });
      const { invitation, signature } = upload;
      return { ...EnrolmentState.parse(answer), invitation, signature, inviterCertificate: toBase64url(certificate) };
    };
    await expect(askForCertificate(pending, lyingOn('requestEnrolment', lie), at())).rejects.toEqual(refusal('ENR-13'));
  });

  it('ENR-11: cannot give the device a certificate of its own making, nor for another key', async () => {
    const { pending, invitation } = await invited();
    const own = foundAuthority({ id: BG, names: { en: 'Bulgaria' } }, generateSigningKey(systemRandom), ports());
    const { device: address, officerName, clearance, duties } = invitation;
    const { publicKey } = signingKeyFromSeed(new Uint8Array(32).fill(1));
    const certify = (by: CertificateAuthority, devicePublicKey: Uint8Array) =>
      enrolDevice({ ca: by, device: { address, officerName }, devicePublicKey, clearance, duties }, ports());
    for (const certificate of [certify(own, publicKey), certify(ca, publicKey)]) {
      const lie: Lie = (answer) => ({
        ...EnrolmentState.parse(answer),
        state: 'approved',
        certificate: toBase64url(certificate),
      });
      const asked = askForCertificate(pending, lyingOn('requestEnrolment', lie), at());
      await expect(asked).rejects.toEqual(refusal('ENR-11'));
    }
  });
});

describe('an administrator', () => {
  it('of another contact point can neither see nor decide', async () => {
    const { invitation, pending } = await invited();
    await askForCertificate(pending, honest(), at());
    const profile = community.founded.profiles.get(DeviceAddress.parse('hu:kovacs:desk-1'))!;
    const client = await openClient({
      profile,
      transport: honest(),
      store: memoryStore(),
      clock: community.clock,
      random: systemRandom,
    });
    expect((await client.administration.invitations()).reports.map((report) => report.invitation.id)).not.toContain(
      invitation.id,
    );
    await expect(client.administration.refuse(invitation.id)).rejects.toEqual(refusal('ENR-08'));
  });

  it('with the CA of another contact point, or an old one, certifies nobody', async () => {
    const { invitation, pending } = await invited();
    const { safetyNumber } = await askForCertificate(pending, honest(), at());
    const desk = await administration(honest());
    const foreign = community.founded.authorities.get(ContactPointId.parse('hu'))!;
    const old = foundAuthority({ id: BG, names: { en: 'Bulgaria' } }, generateSigningKey(systemRandom), ports());
    for (const wrong of [foreign, old]) {
      await expect(desk.approve(invitation.id, { ca: wrong, safetyNumber })).rejects.toMatchObject({ code: 'usage' });
    }
  });
});

const ports = () => ({ origin: originOf(), clock: community.clock, random: systemRandom });

function originOf(): string {
  return (JSON.parse(community.founded.roster.roster) as { hub: { origin: string } }).hub.origin;
}

async function askedRaw(pending: ReturnType<typeof beginEnrolment>): Promise<unknown> {
  const answers: unknown[] = [];
  const listening = lyingOn('requestEnrolment', (answer) => {
    answers.push(answer);
    return answer;
  });
  await askForCertificate(pending, listening, at());
  return answers[0];
}

/** The hub's own key in the place of the device's, well proved. */
function withKey(invitations: readonly InvitationView[], id: string, key: ReturnType<typeof generateSigningKey>) {
  return {
    invitations: invitations.map((view) => {
      const invitation = JSON.parse(view.invitation) as Parameters<typeof hubEnrolmentRequest>[0]['invitation'];
      if (invitation.id !== id || view.request === undefined) return view;
      const token = new Uint8Array(16);
      const { publicKey, proof } = hubEnrolmentRequest({ invitation, token, upload: { ...view, tokenHash: '' } }, key);
      return { ...view, request: { ...view.request, publicKey, proof } };
    }),
  };
}
