import {
  type ChannelProfile,
  type ChannelRole,
  type ContactPointId,
  hasRole,
  isWithin,
  type Marking,
  type RecordKind,
  type SecurityAgreement,
} from '#liaison/protocol';
import type { Actor } from './actor.js';
import { missingAgreements } from './agreements.js';
import { countryOf } from './country.js';
import { decide, reason, type Decision, type Reason } from './decision.js';
import { understatedNational } from './national/national-marking.js';

export interface Posting {
  readonly actor: Actor;
  readonly profile: Pick<ChannelProfile, 'ceiling' | 'releasableTo' | 'roles' | 'exercise' | 'closed'>;
  readonly kind: RecordKind;
  readonly marking: Pick<Marking, 'classification'>;
  /** Contact points of the channel's members: who gets the keys, whatever the header says. */
  readonly members: Iterable<ContactPointId>;
  readonly releasableTo?: readonly ContactPointId[] | undefined;
  /** As its header says. */
  readonly exercise?: true | undefined;
}

/** What goes on in a closed channel: it says of what is there how it is to be treated, and adds nothing. */
const GOES_ON: readonly RecordKind[] = ['acknowledgement', 'consent', 'erasure', 'grant', 'marking', 'withdrawal'];

export interface Reaching {
  readonly actor: Pick<Actor, 'contactPoint'>;
  readonly marking: Marking;
  /** {@link recipientsOf} the record. */
  readonly recipients: readonly ContactPointId[];
  readonly agreements: readonly SecurityAgreement[];
  /** Whose information it is beside the actor's own, where it was made of others' records. */
  readonly originators?: readonly ContactPointId[];
  /** Countries that an asylum seeker in the facts comes from, ISO 3166-1 alpha-2: only who reads the body knows. */
  readonly countriesOfOrigin?: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Whom a record reaches or is released to: the members' contact points, and those that it names or else the channel does. */
export function recipientsOf(
  profile: Pick<ChannelProfile, 'releasableTo'>,
  members: Iterable<ContactPointId>,
  releasableTo: readonly ContactPointId[] = profile.releasableTo,
): ContactPointId[] {
  return [...new Set([...members, ...releasableTo])].sort();
}

/** What a record of this kind asks of the sender's contact point. */
export function roleFor(kind: RecordKind): ChannelRole {
  return kind === 'acknowledgement' || kind === 'erasure' ? 'read' : 'post';
}

/** A record in its channel, by what the channel alone says. {@link mayReach} and `mayForward` judge the rest beside it. */
export function mayPost(context: Posting): Decision {
  const { actor, profile, marking } = context;
  return decide([
    againstCeiling(marking, profile),
    againstClearance(marking, actor),
    againstReleasability(context),
    againstRole(context),
    againstClosing(context),
    againstMixing(context),
  ]);
}

/** Whether what is marked so may reach these recipients at all, whatever their channel allows. */
export function mayReach(context: Reaching): Decision {
  const { actor, marking, recipients, originators = [] } = context;
  const from = [...new Set([actor.contactPoint, ...originators])];
  return decide([
    understatedNational(marking, from),
    againstOrigin(context),
    ...missingAgreements(marking.classification, from, recipients, context),
  ]);
}

function againstCeiling({ classification }: Posting['marking'], { ceiling }: Posting['profile']): Reason | undefined {
  return isWithin(classification, ceiling) ? undefined : reason('above-ceiling', { classification, ceiling });
}

function againstClearance({ classification }: Posting['marking'], { clearance }: Actor): Reason | undefined {
  return isWithin(classification, clearance) ? undefined : reason('above-clearance', { classification, clearance });
}

/** Neither wider than the channel nor narrower than its members, who can all decrypt it. */
function againstReleasability({ profile, members, releasableTo }: Posting): Reason | undefined {
  if (releasableTo === undefined) return undefined;
  const outside = releasableTo.filter((contactPoint) => !profile.releasableTo.includes(contactPoint));
  const reached = [...members].filter((contactPoint) => !releasableTo.includes(contactPoint));
  const contactPoints = [...new Set([...outside, ...reached])];
  return contactPoints.length === 0 ? undefined : reason('not-releasable', { contactPoints });
}

function againstRole({ profile, actor: { contactPoint }, kind }: Posting): Reason | undefined {
  const role = roleFor(kind);
  return hasRole(profile, contactPoint, role) ? undefined : reason('no-role', { contactPoint, role });
}

/** Its administrators name it still, for those whom they add. */
function againstClosing({ profile, actor: { contactPoint }, kind }: Posting): Reason | undefined {
  const goesOn = GOES_ON.includes(kind) || (kind === 'profile' && hasRole(profile, contactPoint, 'administer'));
  return profile.closed !== true || goesOn ? undefined : reason('channel-closed', { kind });
}

function againstMixing({ profile, exercise }: Posting): Reason | undefined {
  return profile.exercise === (exercise === true) ? undefined : reason('exercise-mixed');
}

/** No consent helps: the danger is to the person, not to the originator. */
function againstOrigin({
  marking,
  recipients,
  countriesOfOrigin = [],
}: Pick<Reaching, 'marking' | 'recipients' | 'countriesOfOrigin'>): Reason | undefined {
  if (!marking.caveats.includes('asylum-seeker')) return undefined;
  const contactPoints = recipients.filter((recipient) => countriesOfOrigin.includes(countryOf(recipient) ?? ''));
  return contactPoints.length === 0 ? undefined : reason('asylum-origin', { contactPoints });
}
