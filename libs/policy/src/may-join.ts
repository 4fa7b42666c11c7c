import {
  type ChannelProfile,
  type Classification,
  type ContactPointId,
  hasRole,
  isWithin,
  type RosterContactPoint,
} from '#liaison/protocol';
import type { Actor } from './actor.js';
import { decide, reason, reasonsOf, type Decision } from './decision.js';

export interface Joining {
  /** Contact point and clearance that the device's certificate states. */
  readonly actor: Actor;
  readonly profile: Pick<ChannelProfile, 'ceiling' | 'releasableTo'>;
  /** As the roster has the contact point now: nobody is cleared for more than the co-chairs allow it. */
  readonly standing: Pick<RosterContactPoint, 'status' | 'ceiling'>;
}

/** A device that enters a channel: founds it, is added, or joins again. */
export function mayJoin({ actor, profile, standing: { status, ceiling } }: Joining): Decision {
  const { contactPoint } = actor;
  const clearance = lower(actor.clearance, ceiling);
  return decide([
    status === 'active' ? undefined : reason('contact-point-inactive', { contactPoint, status }),
    ...reasonsOf(mayRemain({ actor: { contactPoint, clearance }, profile })),
  ]);
}

/**
 * A device that is a member already. That its contact point was suspended or lowered since is for the administrators and the hub to
 * settle by a removal: until then the others go on, and it changes its keys like everybody.
 */
export function mayRemain({ actor, profile }: Pick<Joining, 'actor' | 'profile'>): Decision {
  const { contactPoint, clearance } = actor;
  const { ceiling, releasableTo } = profile;
  return decide([
    releasableTo.includes(contactPoint) ? undefined : reason('not-releasable', { contactPoints: [contactPoint] }),
    isWithin(ceiling, clearance) ? undefined : reason('clearance-below-ceiling', { clearance, ceiling }),
  ]);
}

/** Who changes members and rules of a channel, names it, and orders erasures. */
export function mayAdminister(
  profile: Pick<ChannelProfile, 'releasableTo' | 'roles'>,
  contactPoint: ContactPointId,
): Decision {
  const administers = profile.releasableTo.includes(contactPoint) && hasRole(profile, contactPoint, 'administer');
  return decide([administers ? undefined : reason('no-role', { contactPoint, role: 'administer' })]);
}

function lower(a: Classification, b: Classification): Classification {
  return isWithin(a, b) ? a : b;
}
