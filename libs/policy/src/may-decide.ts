import type { ConsentTerms, ContactPointId, Marking, RecordKind } from '#liaison/protocol';
import type { ConsentRecord } from './consents.js';
import { decide, reason, type Decision, type Reason } from './decision.js';
import { isAtLeastAsStrict, joinMarkings, laxAxes, type JoinedMarking } from './marking-order.js';

/** The record that a re-mark, a withdrawal or a consent is about. */
export interface Target {
  readonly kind: RecordKind;
  /** Contact point of its sender: of a record that was passed on, not the originator. */
  readonly sentBy: ContactPointId;
  /** As it stands now. */
  readonly marking: Marking;
  readonly originators: readonly ContactPointId[];
  readonly withdrawn: boolean;
}

/** Records that say something of another record, or of the channel: they stand as long as what they speak of. */
const SPEAKING_OF_OTHERS: readonly RecordKind[] = [
  'acknowledgement',
  'consent',
  'withdrawal',
  'erasure',
  'marking',
  'profile',
];

/**
 * The originator marks its record anew, upwards or downwards; one of several originators only upwards.
 * @param sources what the record was made of, as it stands now: the new mark is no laxer.
 */
export function mayRemark(context: {
  readonly actor: { readonly contactPoint: ContactPointId };
  readonly target: Target;
  readonly marking: Marking;
  readonly sources?: JoinedMarking;
}): Decision {
  const { actor, target, marking, sources } = context;
  const floor = target.originators.length === 1 ? [] : [target.marking];
  const axes = laxAxes(marking, joinMarkings([...floor, ...(sources === undefined ? [] : [sources])]));
  return decide([
    againstKind(target),
    againstOthers(actor.contactPoint, target.originators),
    target.withdrawn ? reason('withdrawn') : undefined,
    axes.length === 0 ? undefined : reason('mark-too-lax', { axes }),
  ]);
}

/** `stricter` and `laxer` where it is that on some axis and the other on none. */
export function remarkDirection(from: Marking, to: Marking): 'same' | 'stricter' | 'laxer' | 'other' {
  const stricter = isAtLeastAsStrict(to, from);
  const laxer = isAtLeastAsStrict(from, to);
  if (stricter && laxer) return 'same';
  return stricter ? 'stricter' : laxer ? 'laxer' : 'other';
}

/** By an originator; and by whoever passed it on, for that copy alone. */
export function mayWithdraw(context: {
  readonly actor: { readonly contactPoint: ContactPointId };
  readonly target: Target;
}): Decision {
  const { actor, target } = context;
  return decide([
    againstKind(target),
    againstOthers(actor.contactPoint, [...target.originators, target.sentBy]),
    target.withdrawn ? reason('already-withdrawn') : undefined,
  ]);
}

/**
 * A record of kind `consent`. Any member asks, for whomever; an originator gives and refuses, and revokes what it gave.
 * @param answered the consent record that `terms.answers` names, where it is known.
 */
export function mayConsent(context: {
  readonly actor: { readonly contactPoint: ContactPointId };
  readonly target: Target;
  readonly about: Pick<ConsentRecord, 'about' | 'channel'>;
  readonly terms: ConsentTerms;
  readonly answered?: ConsentRecord;
}): Decision {
  const { actor, target, terms } = context;
  if (terms.state === 'asked') return decide([answersOf(context)]);
  return decide([againstOthers(actor.contactPoint, target.originators), answersOf(context)]);
}

/** Days until the first review: no longer than what a minor's data may wait. */
export function suggestedReviewDays(marking: Pick<Marking, 'caveats'>, channelDays: number): number {
  return marking.caveats.includes('minor') ? Math.min(channelDays, MINOR_REVIEW_DAYS.days) : channelDays;
}

/** A hint, not a rule of law: to be set by the community. */
export const MINOR_REVIEW_DAYS = {
  days: 180,
  source: 'proposal, to be set by the community',
  verified: false,
} as const;

function againstKind({ kind }: Target): Reason | undefined {
  return SPEAKING_OF_OTHERS.includes(kind) ? reason('not-withdrawable', { kind }) : undefined;
}

function againstOthers(contactPoint: ContactPointId, allowed: readonly ContactPointId[]): Reason | undefined {
  if (allowed.includes(contactPoint)) return undefined;
  return reason('not-originator', { contactPoint, originators: [...new Set(allowed)].sort() });
}

function answersOf(context: {
  readonly actor: { readonly contactPoint: ContactPointId };
  readonly about: Pick<ConsentRecord, 'about' | 'channel'>;
  readonly terms: ConsentTerms;
  readonly answered?: ConsentRecord;
}): Reason | undefined {
  const { actor, about, terms, answered } = context;
  if (terms.answers === undefined) return undefined;
  const expected = terms.state === 'revoked' ? 'given' : 'asked';
  const fits =
    terms.state !== 'asked' &&
    answered?.terms.state === expected &&
    answered.channel === about.channel &&
    answered.about === about.about &&
    answered.terms.act === terms.act;
  if (!fits) return reason('consent-answers');
  const isOthers = terms.state === 'revoked' && answered.by !== actor.contactPoint;
  return isOthers ? reason('wrong-form', { kind: 'consent' }) : undefined;
}
