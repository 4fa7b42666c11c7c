import {
  explainReasons,
  faultOfChange,
  faultOfLeaving,
  faultOfProfile,
  mayAdminister,
  mayJoin,
  mayRemain,
  reasonsOf,
  type Actor,
  type Decision,
  type ProfileFault,
  type ReasonCode,
} from '#liaison/policy';
import {
  LiaisonError,
  type ChannelProfile,
  type ContactPointId,
  type DeviceAddress,
  type RosterContactPoint,
} from '#liaison/protocol';

/** What the rules ask of the roster. */
export interface ContactPoints {
  contactPoint(id: ContactPointId): Pick<RosterContactPoint, 'status' | 'ceiling'> | undefined;
}

/** What a certificate says of a device. */
export type Entrant = Actor & { readonly device: DeviceAddress };

const CHECK_OF_RULE: Readonly<Record<ProfileFault['rule'], string>> = {
  'named-twice': 'CHN-06',
  'home-of-many': 'CHN-32',
  'foreign-roles': 'CHN-07',
  'nobody-administers': 'CHN-16',
  fixed: 'CHN-25',
  'ceiling-raised': 'CHN-25',
  'shut-out': 'CHN-25',
  'bilateral-of-two': 'CHN-25',
  'four-eyes-loosened': 'CHN-31',
  'history-opened': 'CHN-36',
};

const CHECK_OF_ENTRY: Partial<Record<ReasonCode, string>> = {
  'contact-point-inactive': 'CHN-17',
  'not-releasable': 'CHN-19',
  'clearance-below-ceiling': 'CHN-20',
  'no-role': 'CHN-16',
};

/**
 * Whether this profile may stand in a channel at all: CHN-05 to CHN-08, CHN-16, CHN-32.
 * @param before contact points that were named already: one that was suspended since keeps nobody from administering the channel.
 * @throws LiaisonError `not-allowed`.
 */
export function requireLawfulProfile(
  profile: ChannelProfile,
  contactPoints: ContactPoints,
  before: readonly ContactPointId[] = [],
): void {
  if (profile.postQuantum) throw forbidden('CHN-08', 'This hub has no post-quantum channels yet.');
  refuseFault(faultOfProfile(profile));
  const named = profile.releasableTo.filter((id) => !before.includes(id));
  const inactive = named.find((id) => contactPoints.contactPoint(id)?.status !== 'active');
  if (inactive !== undefined) {
    throw forbidden('CHN-05', `${inactive} is no active contact point of this community.`);
  }
}

/** @throws LiaisonError `not-allowed`: CHN-16 the contact point may not administer. */
export function requireAdministrator(profile: ChannelProfile, contactPoint: ContactPointId): void {
  refuse(mayAdminister(profile, contactPoint));
}

/** Of a device that enters. @throws LiaisonError `not-allowed`: CHN-17 status, CHN-19 contact point, CHN-20 clearance. */
export function requireEntitled(profile: ChannelProfile, actor: Entrant, contactPoints: ContactPoints): void {
  const standing = contactPoints.contactPoint(actor.contactPoint);
  if (standing === undefined) throw forbidden('CHN-17', `${actor.contactPoint} is not in the roster.`);
  refuse(mayJoin({ actor, profile, standing }), actor.device);
}

/** Of a member that changes its keys or its certificate. @throws LiaisonError `not-allowed`: CHN-19, CHN-20. */
export function requireStillEntitled(profile: ChannelProfile, actor: Entrant): void {
  refuse(mayRemain({ actor, profile }), actor.device);
}

/**
 * @throws LiaisonError `not-allowed`: CHN-25 what stays as it was when the channel was created or only narrows, CHN-31 four eyes that
 * would let through what they held back, CHN-36 a past that would be opened wider.
 */
export function requireLawfulChange(before: ChannelProfile, after: ChannelProfile): void {
  refuseFault(faultOfChange(before, after));
}

/** @throws LiaisonError `not-allowed`: CHN-16 nobody who is present would administer the channel. */
export function requireAdministered(after: ChannelProfile, present: Iterable<ContactPointId>): void {
  refuseFault(faultOfLeaving(after, present));
}

function refuseFault(fault: ProfileFault | undefined): void {
  if (fault !== undefined) throw forbidden(CHECK_OF_RULE[fault.rule], fault.message);
}

/** All reasons in words; the first names the check. */
function refuse(decision: Decision, device?: DeviceAddress): void {
  const reasons = reasonsOf(decision);
  const [first] = reasons;
  if (first === undefined) return;
  const message = explainReasons(reasons);
  throw forbidden(CHECK_OF_ENTRY[first.code] ?? 'CHN-19', device === undefined ? message : `${device}: ${message}`);
}

function forbidden(check: string, message: string): LiaisonError {
  return new LiaisonError('not-allowed', message, { check });
}
