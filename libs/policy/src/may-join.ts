import {
  type ChannelProfile,
  hasRole,
  isWithin,
  type ContactPointId,
  type Marking,
  type RosterContactPoint,
} from '#liaison/protocol';
import type { Actor } from './actor.js';
import { decide, reason, type Decision } from './decision.js';

/** A device of this contact point in a channel with this profile. */
export function mayJoin(context: {
  readonly actor: Actor;
  readonly profile: ChannelProfile;
  readonly status: RosterContactPoint['status'];
}): Decision {
  const { actor, profile, status } = context;
  const { contactPoint, clearance } = actor;
  const { ceiling } = profile;
  return decide([
    status === 'active' ? undefined : reason('contact-point-inactive', { contactPoint, status }),
    profile.releasableTo.includes(contactPoint)
      ? undefined
      : reason('not-releasable', { contactPoints: [contactPoint] }),
    isWithin(ceiling, clearance) ? undefined : reason('clearance-below-ceiling', { clearance, ceiling }),
  ]);
}

/** A record of a channel, by somebody who has its keys. @param releasableTo of the record's header, where it has one. */
export function mayRead(context: {
  readonly actor: Actor;
  readonly profile: ChannelProfile;
  readonly marking: Pick<Marking, 'classification'>;
  readonly releasableTo?: readonly ContactPointId[];
  readonly originator: ContactPointId;
  readonly withdrawn: boolean;
}): Decision {
  const { actor, profile, marking, releasableTo = profile.releasableTo, originator, withdrawn } = context;
  const { contactPoint, clearance } = actor;
  const { classification } = marking;
  const own = contactPoint === originator;
  return decide([
    isWithin(classification, clearance) ? undefined : reason('above-clearance', { classification, clearance }),
    own || releasableTo.includes(contactPoint)
      ? undefined
      : reason('not-releasable', { contactPoints: [contactPoint] }),
    hasRole(profile, contactPoint, 'read') || own ? undefined : reason('no-role', { contactPoint, role: 'read' }),
    withdrawn ? reason('withdrawn') : undefined,
  ]);
}
