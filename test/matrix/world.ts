import { cryptoReady, generateSigningKey } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { ChannelId, type EnrolmentRequest, RecordId, toBase64url } from '#liaison/protocol';
import {
  callHub,
  type HubCall,
  HubCommunity,
  type HubDevice,
  hubEnrolmentRequest,
  hubInvitation,
  MovableClock,
  mustCallHub,
  startHub,
  type TestHub,
} from '#liaison/testing';
import { Member, PROFILE } from '../hub/member.js';

const SESSION_MS = 15 * 60_000;

/** A channel of bg and hu, what was said in it, and everybody who has no business there. */
export interface World {
  readonly hub: TestHub;
  readonly clock: MovableClock;
  readonly community: HubCommunity;
  readonly channel: ChannelId;
  /** A record that `removed` may read, and one from after its removal. */
  readonly early: RecordId;
  readonly late: RecordId;
  /** The last event that `removed` may read. */
  readonly until: number;
  /** Founded the channel. */
  readonly owner: Member;
  readonly colleague: Member;
  readonly stranger: Member;
  readonly removed: Member;
  /** Has a Welcome waiting; its id is here. */
  readonly invited: Member;
  readonly welcome: string;
  /** What a new device of the owner's contact point sends. */
  readonly request: EnrolmentRequest;
  readonly revokedDevice: HubDevice;
  readonly tokens: Readonly<Record<'expired' | 'ended' | 'superseded' | 'revoked' | 'suspended', string>>;
  stop(): Promise<void>;
}

export const ABSENT_CHANNEL = ChannelId.parse('0192f000-0000-7000-8000-00000000dead');
export const ABSENT_RECORD = RecordId.parse('0192f000-0000-7000-8000-00000000beef');

export async function startWorld(): Promise<World> {
  await cryptoReady();
  const clock = new MovableClock();
  const hub = await startHub({ clock });
  const community = new HubCommunity(hub.url, { clock, random: systemRandom }, ['bg', 'hu', 'mk', 'xx']);
  community.witnesses.set('bg', generateSigningKey(systemRandom));
  await community.found();
  const { tokens, revokedDevice } = await refusedTokens(hub, community, clock);
  const join = (address: string) => Member.join(hub, community, address, { duties: ['officer', 'administrator'] });
  const owner = await join('bg:petrova:desk-1');
  const colleague = await join('bg:ivanov:desk-1');
  const stranger = await join('mk:ristov:desk-1');
  const [removed, invited] = [await join('hu:nagy:desk-1'), await join('hu:kovacs:desk-1')];
  const channel = await owner.create();
  await owner.add(channel, removed);
  const early = (await owner.post(channel)).id;
  const until = (await owner.remove(channel, removed)).seq;
  const late = (await owner.post(channel)).id;
  await owner.accepted(channel, await owner.draftAdd(channel, invited));
  const [waiting] = await invited.waitingWelcomes();
  const request = await openInvitation(hub, owner, clock);
  return {
    ...{ hub, clock, community, channel, early, late, until, tokens, revokedDevice },
    ...{ request, owner, colleague, stranger, removed, invited, welcome: waiting!.id },
    stop: () => hub.stop(),
  };
}

async function openInvitation(hub: TestHub, owner: Member, clock: MovableClock): Promise<EnrolmentRequest> {
  const { origin } = (await mustCallHub(hub.url, 'getHub')) as { origin: string };
  const invitation = hubInvitation(owner.device, { origin, clock, random: systemRandom });
  await owner.must('createInvitation', { body: invitation.upload });
  return hubEnrolmentRequest(invitation, generateSigningKey(systemRandom));
}

/** Tokens that were good once. */
async function refusedTokens(hub: TestHub, community: HubCommunity, clock: MovableClock) {
  const tokenOf = async (device: HubDevice) => (await community.signIn(device)).token;
  const expired = await tokenOf(community.enrol('bg:petrova:desk-1'));
  clock.advance(SESSION_MS + 1000);
  const ended = await tokenOf(community.enrol('bg:ended:desk-1'));
  await mustCallHub(hub.url, 'endSession', { token: ended });
  const superseded = await tokenOf(community.enrol('bg:renewed:desk-1'));
  clock.advance(1000);
  await tokenOf(community.enrol('bg:renewed:desk-1'));
  const revokedDevice = community.enrol('bg:stolen:desk-1');
  const revoked = await tokenOf(revokedDevice);
  await mustCallHub(hub.url, 'putRevocationList', {
    params: { contactPoint: 'bg' },
    body: { crl: toBase64url(community.revocationList('bg', 1, [revokedDevice])) },
  });
  const suspended = await tokenOf(community.enrol('xx:someone:desk-1'));
  await suspend(community, 'xx', 2);
  return { tokens: { expired, ended, superseded, revoked, suspended }, revokedDevice };
}

async function suspend(community: HubCommunity, contactPoint: string, version: number): Promise<void> {
  const roster = await community.draft(version);
  const contactPoints = roster.contactPoints.map((point) =>
    point.id === contactPoint ? { ...point, status: 'suspended' as const } : point,
  );
  await mustCallHub(community.url, 'putRoster', { body: community.signed({ ...roster, contactPoints }) });
}

/** A device's own group under the id of a channel that it is no member of: what it would have to forge a record or commit. */
export async function pretendedGroup(member: Member, channel: ChannelId): Promise<void> {
  const { state } = await member.draftGroup(PROFILE, channel);
  member.groups.set(channel, state);
}

export function call(world: World, name: Parameters<typeof callHub>[1], parts: HubCall) {
  return callHub(world.hub.url, name, parts);
}
