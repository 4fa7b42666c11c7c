import {
  hasRole,
  isAtLeastAsStrictFourEyes,
  isHomeOfOne,
  isWithin,
  LiaisonError,
  type ChannelProfile,
  type ContactPointId,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';

/** What the rules ask of the roster. */
export interface ContactPoints {
  isActive(id: ContactPointId): boolean;
}

/**
 * Whether this profile may stand in a channel at all: CHN-05 to CHN-08, CHN-32.
 * @throws LiaisonError `not-allowed`.
 */
export function requireLawfulProfile(profile: ChannelProfile, contactPoints: ContactPoints): void {
  if (profile.postQuantum) throw forbidden('CHN-08', 'This hub has no post-quantum channels yet.');
  if (new Set(profile.releasableTo).size !== profile.releasableTo.length) {
    throw forbidden('CHN-06', 'A contact point stands twice in releasableTo.');
  }
  if (!isHomeOfOne(profile)) {
    throw forbidden('CHN-32', 'A home channel is one contact point’s alone. Create a channel of another kind.');
  }
  const inactive = profile.releasableTo.find((contactPoint) => !contactPoints.isActive(contactPoint));
  if (inactive !== undefined) {
    throw forbidden('CHN-05', `${inactive} is no active contact point of this community.`);
  }
  for (const [contactPoint, roles] of Object.entries(profile.roles)) {
    const foreign = !profile.releasableTo.some((known) => known === contactPoint);
    if (foreign || new Set(roles).size !== roles.length) {
      throw forbidden('CHN-07', `The roles of ${contactPoint} stand twice, or it is not in releasableTo.`);
    }
  }
}

/** @throws LiaisonError `not-allowed`: CHN-16 the contact point may not administer. */
export function requireAdministrator(profile: ChannelProfile, contactPoint: ContactPointId): void {
  if (profile.releasableTo.includes(contactPoint) && hasRole(profile, contactPoint, 'administer')) return;
  throw forbidden('CHN-16', 'In this channel your contact point may not administer.');
}

/** @throws LiaisonError `not-allowed`: CHN-19 contact point, CHN-20 clearance. */
export function requireEntitled(
  profile: ChannelProfile,
  device: Pick<AuthenticatedDevice, 'device' | 'contactPoint' | 'clearance'>,
): void {
  if (!profile.releasableTo.includes(device.contactPoint)) {
    throw forbidden('CHN-19', `This channel is not releasable to the contact point of ${device.device}.`);
  }
  if (!isWithin(profile.ceiling, device.clearance)) {
    throw forbidden('CHN-20', `${device.device} is cleared for less than the ceiling of this channel.`);
  }
}

/**
 * @throws LiaisonError `not-allowed`: CHN-25 what stays as it was when the channel was created, CHN-31 four eyes that would
 * let through what they held back.
 */
export function requireLawfulChange(before: ChannelProfile, after: ChannelProfile): void {
  const fixed = ['kind', 'exercise', 'custody', 'postQuantum'] as const;
  const changed = fixed.find((name) => before[name] !== after[name]);
  if (changed !== undefined) throw forbidden('CHN-25', `The ${changed} of a channel never changes. Create another.`);
  if (isAtLeastAsStrictFourEyes(before.fourEyes, after.fourEyes)) return;
  throw forbidden('CHN-31', 'Four eyes never loosen: one officer alone would decide it. Create another channel.');
}

function forbidden(check: string, message: string): LiaisonError {
  return new LiaisonError('not-allowed', message, { check });
}
