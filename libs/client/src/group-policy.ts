import {
  type ChannelProfile,
  type Classification,
  type ContactPointId,
  contactPointOf,
  type DeviceAddress,
  equalBytes,
} from '#liaison/protocol';
import { type DeviceCertificate, parseDeviceCertificate } from '#liaison/crypto';
import {
  type Decision,
  explainReasons,
  faultOfChange,
  faultOfLeaving,
  faultOfProfile,
  mayAdminister,
  mayJoin,
  mayRemain,
  type ProfileFault,
  reasonsOf,
} from '#liaison/policy';
import {
  type CommitChange,
  type CommitPolicy,
  type CredentialPolicy,
  type GroupState,
  members,
  type Verdict,
} from '#liaison/mls-session';
import { breach, type ClientCheck, CLIENT_CHECKS } from './breach.js';
import type { DeviceStanding, Trust } from './trust.js';

const OK: Verdict = { ok: true };

/** How a certificate stands at the time that is asked about: by each roster that may have been in force then, the newest first. */
export interface Judgement {
  readonly standings: (certificate: Uint8Array) => readonly [DeviceStanding, ...DeviceStanding[]];
  readonly rosterHasExpired: boolean;
  /** {@link Trust.externalSenderKeys}. */
  readonly hubKeys: readonly Uint8Array[];
}

/** For what is about to be done. */
export function judgedNow(trust: Trust, at: number): Judgement {
  const standings = (der: Uint8Array): readonly [DeviceStanding] => {
    const standing = trust.standing(der, at);
    const point = standing.certificate && trust.contactPoint(contactPointOf(standing.certificate.device));
    return [{ ...standing, ...(point && { point }) }];
  };
  return { standings, rosterHasExpired: trust.isExpired(at), hubKeys: trust.externalSenderKeys };
}

/** For what the hub ordered then. */
export function judgedThen(trust: Trust, at: number): Judgement {
  return { ...judgedNow(trust, at), standings: (der) => trust.standingsThen(der, at) };
}

/**
 * For a group that somebody led this device into at some time since: who was revoked or replaced meanwhile was a member lawfully then.
 * @param since before which it was not.
 */
export function judgedSince(trust: Trust, since: number, at: number): Judgement {
  const now = judgedNow(trust, at);
  const standings: Judgement['standings'] = (der) => [...trust.standingsThen(der, since), ...now.standings(der)];
  return { ...now, standings };
}

/** A policy for one call: it remembers which check refused, since MLS passes on no more than the words. */
export class GroupPolicy implements CommitPolicy {
  refusedBy: ClientCheck | undefined;

  constructor(private readonly judgement: Judgement) {}

  readonly deviceOf = deviceOf;

  validateCredential: CredentialPolicy['validateCredential'] = (certificate, signatureKey, standing) => {
    const standings = this.judgement.standings(certificate);
    const tolerated = standing === 'existing' ? standings.find(isTolerated) : undefined;
    const { certificate: believed, fault } = tolerated ?? bestOf(standings);
    if (believed === undefined) return this.#refuse(fault?.check ?? 'CLI-30', fault?.message);
    if (fault !== undefined && tolerated === undefined) return this.#refuse(fault.check, fault.message);
    if (standing === 'new' && this.judgement.rosterHasExpired) return this.#refuse('CLI-01', 'It has expired.');
    return equalBytes(believed.publicKey, signatureKey)
      ? OK
      : this.#refuse('CLI-30', 'The key is not the certified one.');
  };

  authorize: CommitPolicy['authorize'] = (change) => {
    const refusal = refusalOf(change, this.judgement);
    return refusal === undefined ? OK : this.#refuse(refusal.check, refusal.detail);
  };

  #refuse(check: ClientCheck, detail = ''): Verdict {
    this.refusedBy = check;
    return { ok: false, reason: `${CLIENT_CHECKS[check]} ${detail}`.trim() };
  }
}

/** The address that a certificate states, believed or not. @throws LiaisonError `malformed`. */
export function deviceOf(certificate: Uint8Array): DeviceAddress {
  return read(certificate).device;
}

/** Group states share the byte arrays of their leaves from epoch to epoch, so that each certificate is read once. */
const known = new WeakMap<Uint8Array, DeviceCertificate>();

function read(certificate: Uint8Array): DeviceCertificate {
  const parsed = known.get(certificate) ?? parseDeviceCertificate(certificate);
  known.set(certificate, parsed);
  return parsed;
}

interface Refusal {
  readonly check: ClientCheck;
  readonly detail?: string;
}

/** Of a member: its contact point may be late, and who is suspended is put out by the hub's proposal. */
function isTolerated({ fault }: DeviceStanding): boolean {
  return fault === undefined || fault.kind === 'expired' || fault.kind === 'inactive';
}

/** A standing without fault, where there is one. */
function bestOf(standings: readonly [DeviceStanding, ...DeviceStanding[]]): DeviceStanding {
  return standings.find(({ fault }) => fault === undefined) ?? standings[0];
}

/** Whether this committer may do this. Signatures, chains and validity of what enters were checked before. */
function refusalOf(change: CommitChange, judgement: Judgement): Refusal | undefined {
  return committerFault(change, judgement) ?? renewalFault(change, judgement) ?? purposeFault(change, judgement);
}

/** By the certificate that the committer goes on with: one that was revoked gives no right to anything, and no other's role does. */
function committerFault({ renewed, committer }: CommitChange, { standings }: Judgement): Refusal | undefined {
  const der = renewed ?? committer.certificate;
  const { fault } = bestOf(standings(der));
  return fault && { check: fault.check, detail: `Committer: ${deviceOf(der)}. ${fault.message}` };
}

/** Whatever a commit does beside, the committer goes on with a certificate that fits. */
function renewalFault({ purpose, renewed, profile }: CommitChange, judgement: Judgement): Refusal | undefined {
  if (renewed === undefined || purpose === 'rejoin') return undefined;
  return fitnessFault(renewed, profile.after, judgement);
}

/** Onward along what the roster lists, whoever commits it: the co-chairs have decided. */
function hubKeyFault({ hubKey }: CommitChange, { hubKeys }: Judgement): Refusal | undefined {
  const placeOf = (key: Uint8Array) => hubKeys.findIndex((each) => equalBytes(each, key));
  return placeOf(hubKey.after) > placeOf(hubKey.before) ? undefined : { check: 'CLI-38' };
}

function purposeFault(change: CommitChange, judgement: Judgement): Refusal | undefined {
  const { before, after } = change.profile;
  const committer = contactPointOf(deviceOf(change.committer.certificate));
  const administering = mayAdminister(before, committer);
  switch (change.purpose) {
    case 'update':
      return undefined;
    case 'hub-key':
      return hubKeyFault(change, judgement);
    case 'rejoin':
      return rejoinFault(change) ?? entryFault(change.renewed ?? change.committer.certificate, after, judgement);
    case 'add':
      return (
        roleFault(administering) ??
        firstFault(change.adds, ({ certificate }) => entryFault(certificate, after, judgement))
      );
    case 'remove':
      return change.removes.every(({ proposedBy }) => proposedBy === 'hub') ? undefined : roleFault(administering);
    case 'profile':
      return roleFault(administering) ?? lawfulness(faultOfChange(before, after) ?? abandonment(change));
  }
}

/** Whoever gives the administration away gives it to somebody who is there. */
function abandonment({ members, profile: { after } }: CommitChange): ProfileFault | undefined {
  return faultOfLeaving(
    after,
    members.map(({ certificate }) => contactPointOf(deviceOf(certificate))),
  );
}

function roleFault(administering: Decision): Refusal | undefined {
  return administering.allowed ? undefined : { check: 'CLI-34', detail: explainReasons(administering.reasons) };
}

function lawfulness(fault: ProfileFault | undefined): Refusal | undefined {
  return fault && { check: 'CLI-37', detail: fault.message };
}

function rejoinFault(change: CommitChange): Refusal | undefined {
  const device = deviceOf(change.renewed ?? change.committer.certificate);
  const own =
    change.removes.length === 1 && change.removes.every(({ certificate }) => deviceOf(certificate) === device);
  return own ? undefined : { check: 'CLI-36' };
}

/** Whether a device may enter a channel with these rules. */
function entryFault(der: Uint8Array, profile: ChannelProfile, judgement: Judgement): Refusal | undefined {
  const standings = judgement.standings(der);
  const good = standings.filter(({ fault }) => fault === undefined);
  const faults = (good.length > 0 ? good : standings).map((standing) => entryFaultBy(standing, profile));
  return faults.includes(undefined) ? undefined : faults[0];
}

function entryFaultBy({ certificate, fault, point }: DeviceStanding, profile: ChannelProfile): Refusal | undefined {
  if (certificate === undefined || point === undefined) return { check: fault?.check ?? 'CLI-30' };
  return membershipFault(certificate, profile, mayJoin({ actor: actorOf(certificate), profile, standing: point }));
}

/** Whether a device that is a member already fits the rules of its channel. */
function fitnessFault(der: Uint8Array, profile: ChannelProfile, judgement: Judgement): Refusal | undefined {
  const { certificate, fault } = bestOf(judgement.standings(der));
  if (certificate === undefined) return { check: fault?.check ?? 'CLI-30' };
  return membershipFault(certificate, profile, mayRemain({ actor: actorOf(certificate), profile }));
}

function membershipFault(
  { device }: DeviceCertificate,
  profile: ChannelProfile,
  decision: Decision,
): Refusal | undefined {
  const fault = faultOfProfile(profile);
  if (fault !== undefined) return { check: 'CLI-33', detail: fault.message };
  const [first, ...others] = reasonsOf(decision);
  if (first === undefined) return undefined;
  const check = first.code === 'clearance-below-ceiling' ? 'CLI-32' : 'CLI-33';
  return { check, detail: `Device: ${device}. ${explainReasons([first, ...others])}` };
}

function actorOf({ device, clearance }: DeviceCertificate) {
  return { contactPoint: contactPointOf(device), clearance };
}

function firstFault<T>(items: readonly T[], faultOf: (item: T) => Refusal | undefined): Refusal | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Of a device that is to enter. @throws LiaisonError `integrity`: for what {@link entryFault} finds. */
export function requireEntry(der: Uint8Array, profile: ChannelProfile, trust: Trust, at: number): void {
  const fault = entryFault(der, profile, judgedNow(trust, at));
  if (fault !== undefined) throw breach(fault.check, fault.detail);
}

/** Of a member. @throws LiaisonError `integrity`: for what {@link fitnessFault} finds. */
export function requireFit(der: Uint8Array, profile: ChannelProfile, judgement: Judgement): void {
  const fault = fitnessFault(der, profile, judgement);
  if (fault !== undefined) throw breach(fault.check, fault.detail);
}

/** The Ed25519 key that a certificate states, believed or not. @throws LiaisonError `malformed`. */
export function publicKeyOf(certificate: Uint8Array): Uint8Array {
  return read(certificate).publicKey;
}

/** The clearance that a certificate states, believed or not. @throws LiaisonError `malformed`. */
export function clearanceOf(certificate: Uint8Array): Classification {
  return read(certificate).clearance;
}

/** Whose devices are in the group, by this device's own state of it. */
export function contactPointsOf(group: GroupState): Set<ContactPointId> {
  return new Set(members(group).map(({ certificate }) => contactPointOf(deviceOf(certificate))));
}
