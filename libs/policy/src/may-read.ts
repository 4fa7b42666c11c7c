import { type ChannelProfile, type ContactPointId, hasRole, isWithin, type Marking } from '#liaison/protocol';
import type { Actor } from './actor.js';
import { decide, reason, type Decision } from './decision.js';

export interface Reading {
  readonly actor: Actor;
  readonly profile: Pick<ChannelProfile, 'releasableTo' | 'roles'>;
  readonly marking: Pick<Marking, 'classification'>;
  /** Of the record's header, where it has one. */
  readonly releasableTo?: readonly ContactPointId[];
  /** Whose device sent it. */
  readonly sentBy: ContactPointId;
  readonly withdrawn: boolean;
}

/** A record of a channel, by somebody who has its keys: whether its content is kept and shown. */
export function mayRead(context: Reading): Decision {
  const { actor, profile, marking, releasableTo = profile.releasableTo, sentBy, withdrawn } = context;
  const { contactPoint, clearance } = actor;
  const { classification } = marking;
  const own = contactPoint === sentBy;
  return decide([
    isWithin(classification, clearance) ? undefined : reason('above-clearance', { classification, clearance }),
    own || releasableTo.includes(contactPoint)
      ? undefined
      : reason('not-releasable', { contactPoints: [contactPoint] }),
    own || hasRole(profile, contactPoint, 'read') ? undefined : reason('no-role', { contactPoint, role: 'read' }),
    withdrawn ? reason('withdrawn') : undefined,
  ]);
}
