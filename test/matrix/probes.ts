import {
  type ChannelId,
  ChannelProfile,
  ContactPointId,
  OfficerAddress,
  officerOf,
  type RouteName,
  SessionChallenge,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { parseDeviceCertificate, signAuthorityRelease, signSignInPolicy } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { type HubCall, hubInvitation, hubRenewal, mustCallHub } from '#liaison/testing';
import { cosign, decodeNote, decodeUntrustedCheckpoint, encodeSignatures } from '#liaison/tlog';
import { type Member, PROFILE } from '../hub/member.js';
import { ABSENT_RECORD, pretendedGroup, type World } from './world.js';

export interface Probe {
  /**
   * Whose object the call is about: nobody's in particular (`all` who may call are answered), the caller's own, or a channel's,
   * which is open to its members alone.
   */
  readonly about: 'all' | 'own' | 'channel';
  /** Of a channel: whether one that was removed may still call it, for what it could read before. */
  readonly openToRemoved?: boolean;
  /** Spends the session that it is called with. */
  readonly endsSession?: boolean;
  /** A call that succeeds, where the caller may make it. `channel` is the channel, or one that does not exist. */
  readonly call: (world: World, caller: Member, channel: ChannelId) => HubCall | Promise<HubCall>;
}

async function invitationBy({ hub, clock }: World, caller: Member) {
  const { origin } = (await mustCallHub(hub.url, 'getHub')) as { origin: string };
  return hubInvitation(caller.device, { origin, clock, random: systemRandom });
}

/** As the contact point's CA would issue it: all but the validity stays. */
function renewedBy(community: World['community'], { address, key, certificate }: Member['device']): Uint8Array {
  const { clearance, duties } = parseDeviceCertificate(certificate);
  return community.enrol(address, { key, clearance, duties: [...duties] }).certificate;
}

const SOME_ID = '0192f000-0000-7000-8000-000000000001';
/** Of nobody's key: each such act is refused by itself, in an answer that is one. */
function signedAt(clock: World['clock']) {
  return { at: new Date(clock.now()).toISOString(), signature: 'A'.repeat(86) };
}

const plain = (): HubCall => ({});
const ofChannel = (_world: World, _caller: Member, channel: ChannelId): HubCall => ({ params: { channel } });

/** One for each row of the route table. */
export const PROBES: Readonly<Record<RouteName, Probe>> = {
  health: { about: 'all', call: plain },
  ready: { about: 'all', call: plain },
  metrics: { about: 'all', call: plain },
  openapi: { about: 'all', call: plain },
  getHub: { about: 'all', call: plain },
  getRoster: { about: 'all', call: plain },
  putRoster: {
    about: 'all',
    call: async ({ hub }) => ({ body: await mustCallHub(hub.url, 'getRoster') }),
  },
  createChallenge: { about: 'all', call: () => ({ body: {} }) },
  createSession: {
    about: 'all',
    call: async ({ hub, community }, caller) => {
      const challenge = SessionChallenge.parse(await mustCallHub(hub.url, 'createChallenge', { body: {} }));
      return { body: community.signInBody(caller.device, challenge.nonce, challenge.origin) };
    },
  },
  endSession: { about: 'own', endsSession: true, call: plain },
  listSessions: { about: 'own', call: plain },
  endSessions: { about: 'own', call: () => ({ body: { sessions: [SOME_ID] } }) },
  lockOfficer: {
    about: 'own',
    call: ({ clock }, caller) => {
      const officer = officerOf(caller.device.address);
      return { body: { id: SOME_ID, officer, reason: 'Lost', ...signedAt(clock) } };
    },
  },
  listLocks: { about: 'own', call: plain },
  unlockOfficer: {
    about: 'own',
    call: ({ clock }) => ({ body: { lock: SOME_ID, reason: 'Found', ...signedAt(clock) } }),
  },
  unlockByAuthority: {
    about: 'all',
    call: ({ community, clock }) => {
      const said = { officer: OfficerAddress.parse('hu:kovacs'), reason: 'Found', at: timestampOf(clock) };
      return { body: signAuthorityRelease(said, community.authorities.get('hu')!.key) };
    },
  },
  putSignInPolicy: {
    about: 'all',
    /** The same each time: it is published once. */
    call: ({ community }) => {
      const contactPoint = ContactPointId.parse('hu');
      const rule = {
        v: 1,
        contactPoint,
        number: 1,
        secondFactor: 'none',
        hours: 12,
      } as const;
      const policy = { ...rule, issuedAt: '2026-11-21T18:00:00.000Z' };
      return { params: { contactPoint }, body: signSignInPolicy(policy, community.authorities.get('hu')!.key) };
    },
  },
  getSecondFactor: { about: 'own', call: plain },
  createProofTicket: { about: 'own', call: () => ({ body: { purpose: 'prove' } }) },
  removeCredential: { about: 'own', call: () => ({ body: { credential: 'AAAA' } }) },
  allowRegistration: { about: 'own', call: () => ({ body: { device: 'bg:ivanov:desk-1', reset: false } }) },
  openTicket: { about: 'all', call: () => ({ body: { ticket: 'A'.repeat(43) } }) },
  proveByWebauthn: {
    about: 'all',
    call: () => {
      const credential = {
        id: 'AAAA',
        rawId: 'AAAA',
        type: 'public-key',
        response: { clientDataJSON: 'AA', authenticatorData: 'AA', signature: 'AA' },
      };
      return { body: { flow: 'A'.repeat(43), credential } };
    },
  },
  beginSignOn: { about: 'all', call: () => ({ body: { flow: 'A'.repeat(43) } }) },
  proveBySignOn: { about: 'all', call: () => ({ body: { flow: 'A'.repeat(43), query: 'code=A&state=B' } }) },
  secondFactorPage: { about: 'all', call: plain },
  secondFactorScript: { about: 'all', call: plain },
  secondFactorTexts: { about: 'all', call: plain },
  secondFactorStyle: { about: 'all', call: plain },
  listDevices: { about: 'all', call: () => ({ params: { contactPoint: 'bg' } }) },
  getRevocationList: { about: 'all', call: () => ({ params: { contactPoint: 'bg' } }) },
  findRevocationLists: { about: 'all', call: () => ({ body: { wanted: [{ contactPoint: 'bg' }] } }) },
  putRevocationList: {
    about: 'all',
    call: ({ community, revokedDevice, clock }) => ({
      params: { contactPoint: 'bg' },
      body: { crl: toBase64url(community.revocationList('bg', clock.now(), [revokedDevice])) },
    }),
  },
  createInvitation: {
    about: 'own',
    call: async (world, caller) => ({ body: (await invitationBy(world, caller)).upload }),
  },
  listInvitations: { about: 'own', call: plain },
  requestEnrolment: { about: 'all', call: ({ request }) => ({ body: request }) },
  decideEnrolment: {
    about: 'own',
    call: async (world, caller) => {
      const { invitation, upload } = await invitationBy(world, caller);
      await caller.must('createInvitation', { body: upload });
      return { params: { invitation: invitation.id }, body: { outcome: 'refused' } };
    },
  },
  requestRenewal: {
    about: 'own',
    call: ({ clock }, caller) => ({ body: hubRenewal(caller.device, clock) }),
  },
  listRenewals: { about: 'own', call: plain },
  giveRenewal: {
    about: 'own',
    call: async ({ clock, community }, caller) => {
      await caller.must('requestRenewal', { body: hubRenewal(caller.device, clock) });
      return { body: { certificate: toBase64url(renewedBy(community, caller.device)) } };
    },
  },
  countKeyPackages: { about: 'own', call: plain },
  addKeyPackages: { about: 'own', call: () => ({ body: { keyPackages: [] } }) },
  claimKeyPackages: { about: 'all', call: ({ invited }) => ({ body: { devices: [invited.address] } }) },
  listChannels: { about: 'own', call: plain },
  createChannel: {
    about: 'own',
    call: async (_world, caller) => {
      const [contactPoint = ''] = caller.address.split(':');
      const roles = { [contactPoint]: ['administer', 'post', 'read'] };
      const profile = ChannelProfile.parse({ ...PROFILE, releasableTo: [contactPoint], roles });
      const { groupInfo } = await caller.draftGroup(profile);
      return { body: { groupInfo: toBase64url(groupInfo) } };
    },
  },
  getChannel: { about: 'channel', call: ofChannel },
  getGroupInfo: { about: 'channel', call: ofChannel },
  submitCommit: {
    about: 'channel',
    call: async ({ owner, channel: real }, caller, channel) => {
      if (caller !== owner || channel !== real) await pretendedGroup(caller, channel);
      const { commit, groupInfo, pending } = await caller.mls.commitUpdate(caller.state(channel));
      caller.groups.set(channel, pending);
      return { params: { channel }, body: { commit: toBase64url(commit), groupInfo: toBase64url(groupInfo) } };
    },
  },
  leaveChannel: {
    about: 'channel',
    openToRemoved: true,
    call: ({ clock }, _caller, channel) => ({
      params: { channel },
      body: { ...signedAt(clock), leaf: 'A'.repeat(43), seq: 1 },
    }),
  },
  listEvents: { about: 'channel', openToRemoved: true, call: ofChannel },
  submitRecord: {
    about: 'channel',
    call: async ({ owner, channel: real }, caller, channel) => {
      if (caller !== owner || channel !== real) await pretendedGroup(caller, channel);
      const { header, body, mls, signature } = await caller.seal(channel);
      return { params: { channel }, body: { header, body, mls, signature } };
    },
  },
  getRecord: {
    about: 'channel',
    openToRemoved: true,
    call: ({ channel: real, early }, _caller, channel) => ({
      params: { channel, record: channel === real ? early : ABSENT_RECORD },
    }),
  },
  getDelivery: { about: 'channel', call: ofChannel },
  putCursor: {
    about: 'channel',
    openToRemoved: true,
    call: (_world, _caller, channel) => ({ params: { channel }, body: { seq: 1 } }),
  },
  eraseRecords: {
    about: 'channel',
    call: ({ early, clock }, _caller, channel) => {
      const at = new Date(clock.now()).toISOString();
      const order = { record: early, at, purpose: 'Review', signature: 'A'.repeat(86) };
      return { params: { channel }, body: { orders: [order] } };
    },
  },
  listErasures: { about: 'own', call: plain },
  grantHistory: {
    about: 'channel',
    call: ({ early, owner, clock }, _caller, channel) => {
      const at = new Date(clock.now()).toISOString();
      const grants = [{ record: early, signature: 'A'.repeat(86) }];
      return { params: { channel }, body: { to: owner.address, at, purpose: 'A replaced device', grants } };
    },
  },
  listGranted: {
    about: 'channel',
    call: ({ owner }, _caller, channel) => ({ params: { channel }, query: { by: owner.address } }),
  },
  listWelcomes: { about: 'own', call: plain },
  endWelcome: { about: 'own', call: ({ welcome }) => ({ params: { welcome } }) },
  getLogCheckpoint: { about: 'all', call: plain },
  getLogTile: { about: 'all', call: () => ({ params: { level: '0', place: '000.p/1' } }) },
  getLogEntryBundle: { about: 'all', call: () => ({ params: { place: '000.p/1' } }) },
  getLogProof: { about: 'all', call: () => ({ params: { index: '0' } }) },
  listLogEntries: { about: 'own', call: plain },
  reportOpened: {
    about: 'own',
    call: ({ channel, early, clock }) => {
      const at = new Date(clock.now()).toISOString();
      return { body: { events: [{ channel, record: early, at, signature: 'A'.repeat(86) }] } };
    },
  },
  reportExported: {
    about: 'own',
    call: ({ channel, early, clock }) => {
      const at = new Date(clock.now()).toISOString();
      const said = { channel, record: early, at, authority: 'A court', purpose: 'A case' };
      return { body: { events: [{ ...said, signature: 'A'.repeat(86) }] } };
    },
  },
  depositKeys: {
    about: 'own',
    call: ({ channel, early, clock }) => {
      const deposit = { channel, record: early, headerHash: 'A'.repeat(43), keyId: '0123456789abcdef' };
      return { body: { deposits: [{ ...deposit, sealed: 'A'.repeat(107), ...signedAt(clock) }] } };
    },
  },
  listDeposits: { about: 'own', call: plain },
  requestOpening: {
    about: 'own',
    call: ({ channel, early, clock }) => {
      const why = { reason: 'A case', authority: 'A court' };
      return { body: { id: SOME_ID, channel, records: [early], ...why, ...signedAt(clock) } };
    },
  },
  approveOpening: {
    about: 'own',
    call: ({ clock }) => ({ body: { opening: SOME_ID, request: 'A'.repeat(86), ...signedAt(clock) } }),
  },
  listOpenings: { about: 'own', call: plain },
  listOwnOpenings: { about: 'own', call: plain },
  collectOpening: { about: 'own', call: () => ({ params: { opening: SOME_ID } }) },
  placeHold: {
    about: 'own',
    call: ({ channel, clock }) => {
      const why = { reason: 'A case', authority: 'A court' };
      return { body: { id: SOME_ID, channel, ...why, ...signedAt(clock) } };
    },
  },
  liftHold: {
    about: 'own',
    call: ({ clock }) => ({ body: { hold: SOME_ID, reason: 'It ended', ...signedAt(clock) } }),
  },
  listHolds: { about: 'own', call: plain },
  getWitnessRequest: { about: 'all', call: () => ({ query: { old: 1 } }) },
  addCosignatures: {
    about: 'all',
    call: async ({ hub, community, clock }) => {
      const { text } = decodeNote((await mustCallHub(hub.url, 'getLogCheckpoint')) as string);
      const time = Math.floor(clock.now() / 1000);
      const signature = cosign(text, time, 'hub-tests/witness/bg', community.witnesses.get('bg')!);
      const { size } = decodeUntrustedCheckpoint(text);
      return { body: { size, cosignatures: encodeSignatures([signature]) } };
    },
  },
};
