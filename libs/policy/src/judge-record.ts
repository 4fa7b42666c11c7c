import {
  type ChannelProfile,
  type Classification,
  type ContactPointId,
  isWithin,
  type RecordHeader,
  type RecordKind,
  type SecurityAgreement,
} from '#liaison/protocol';
import type { Actor } from './actor.js';
import { COMMUNITY_CEILING } from './agreements.js';
import { decide, reason, reasonsOf, type Decision, type Reason } from './decision.js';
import { isAtLeastAsStrict } from './marking-order.js';
import { mayConsent, mayRemark, mayWithdraw } from './may-decide.js';
import { certainlyAgainstForward, mayForward } from './may-pass-on.js';
import { mayReach, recipientsOf } from './may-post.js';
import {
  consentRecordsOf,
  distinct,
  isTooMany,
  MOST_SOURCES,
  standingsIn,
  type RecordFile,
  type RecordRef,
  type Standing,
  type Standings,
} from './record-file.js';
import { mayRelease, needsSecondOfficer } from './second-officer.js';
import { UNKNOWN_ORIGIN } from './source.js';

/** What was found of `header.release`, by whoever can verify signatures. */
export interface ReleaseEvidence {
  readonly signatureVerifies: boolean;
  /** By a certificate in good standing that names `release.by`; absent where there is none. */
  readonly officer?: { readonly duties: readonly string[]; readonly clearance: Classification };
}

export interface Judging {
  readonly header: RecordHeader;
  readonly profile: ChannelProfile;
  readonly actor: Pick<Actor, 'contactPoint'>;
  /** Contact points of the channel's members. */
  readonly members: Iterable<ContactPointId>;
  readonly file: RecordFile;
  /** Whether the sender may read, or could read, a record: asked of those that it passes on. */
  readonly isEntitled?: (ref: RecordRef) => boolean;
  /** `refuse`: whoever sends must have what it names. `pass`: a reader may have come later, and judges what it has. */
  readonly unknown: 'refuse' | 'pass';
  readonly release?: ReleaseEvidence;
  readonly agreements: readonly SecurityAgreement[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Kinds that say something of a record of their channel. */
const SPEAKING: readonly RecordKind[] = ['consent', 'marking', 'withdrawal', 'erasure'];

/** Whether any rule of {@link judgeRecord} can have something against the record. Against most, none can. */
export function isConcerned(
  header: Pick<RecordHeader, 'kind' | 'marking'> & {
    readonly derivedFrom?: unknown;
    readonly consent?: unknown;
    readonly release?: unknown;
  },
  { fourEyes }: Pick<ChannelProfile, 'fourEyes'>,
): boolean {
  const { kind, marking, derivedFrom, consent, release } = header;
  return (
    derivedFrom !== undefined ||
    consent !== undefined ||
    release !== undefined ||
    fourEyes !== undefined ||
    marking.nationalMarking !== undefined ||
    SPEAKING.includes(kind) ||
    !isWithin(marking.classification, COMMUNITY_CEILING)
  );
}

/** Whether a judgement takes what was said in other channels, or the newest roster. */
export function isConcernedLater({ marking, derivedFrom }: Pick<RecordHeader, 'marking' | 'derivedFrom'>): boolean {
  return derivedFrom !== undefined || !isWithin(marking.classification, COMMUNITY_CEILING);
}

/** The records that this one is judged by. None: nothing has to be looked up. */
export function judgedBy({ channel, kind, inReplyTo, derivedFrom = [] }: RecordHeader): readonly RecordRef[] {
  if (inReplyTo === undefined || !SPEAKING.includes(kind)) return derivedFrom;
  return [...derivedFrom, { channel, record: inReplyTo }];
}

/** What marks, consents and four eyes have against a record. The rules of its channel are judged beside it. */
export function judgeRecord(judging: Judging): Decision {
  const { header, file, at } = judging;
  const { derivedFrom = [] } = header;
  // Whoever may not read a source learns nothing of it, not even that it exists.
  const first =
    againstForm(header) ??
    againstEntitlement(judging) ??
    (isTooMany(file, derivedFrom) ? reason('too-many-sources', { most: MOST_SOURCES }) : undefined);
  if (first !== undefined) return decide([first]);
  const standings = standingsIn(file, at);
  const sources = derivedFrom.flatMap((ref) => standings(ref) ?? []);
  const reasons = [
    ...reasonsOf(mayMix(header.exercise === true, derivedFrom, file)),
    ...againstSources(judging, sources),
    ...againstStatement(judging, standings),
    ...againstReach(judging, sources),
    ...againstRelease(judging, standings),
  ];
  const hidden = reasons.find(({ code }) => code === 'not-entitled');
  return decide(hidden === undefined ? reasons : [hidden]);
}

/** What is made of records of an exercise is of an exercise, and nothing else is. What is not at hand is judged by who has it. */
export function mayMix(isExercise: boolean, sources: readonly RecordRef[], file: RecordFile): Decision {
  const isMixed = sources.some((ref) => (file(ref)?.exercise ?? isExercise) !== isExercise);
  return decide([isMixed ? reason('exercise-mixed') : undefined]);
}

function againstForm({ kind, consent, inReplyTo, derivedFrom = [] }: RecordHeader): Reason | undefined {
  const hasTerms = consent !== undefined;
  const speaks = SPEAKING.includes(kind);
  const fits =
    hasTerms === (kind === 'consent') &&
    (!speaks || inReplyTo !== undefined) &&
    distinct(derivedFrom).length === derivedFrom.length;
  return fits ? undefined : reason('wrong-form', { kind });
}

function againstEntitlement({ header, file, unknown, isEntitled = () => true }: Judging): Reason | undefined {
  const { derivedFrom = [] } = header;
  if (unknown === 'pass') return undefined;
  return derivedFrom.every((ref) => file(ref) !== undefined && isEntitled(ref)) ? undefined : reason('not-entitled');
}

function againstReach(judging: Judging, sources: readonly Standing[]): readonly Reason[] {
  const { header, agreements, at, actor } = judging;
  const originators = sources
    .flatMap(({ source }) => source.originators)
    .filter((originator) => originator !== UNKNOWN_ORIGIN);
  return reasonsOf(
    mayReach({ actor, marking: header.marking, recipients: recipients(judging), originators, agreements, at }),
  );
}

function againstSources(judging: Judging, standings: readonly Standing[]): readonly Reason[] {
  const { header, actor, agreements, at, unknown } = judging;
  const { marking, derivedFrom = [] } = header;
  const sources = standings.map(({ source }) => source);
  const context = { actor, sources, marking, recipients: recipients(judging), agreements, at };
  const isComplete = standings.length === derivedFrom.length && standings.every(({ complete }) => complete);
  if (isComplete) return sources.length === 0 ? [] : reasonsOf(mayForward(context));
  // A reader cannot tell whether those have consented whom it cannot see; a sender is told to ask somebody who can.
  if (unknown === 'pass') return reasonsOf(certainlyAgainstForward(context));
  const against = reasonsOf(mayForward(context));
  const isHeld = against.some(({ code }) => code !== 'mark-too-lax' && code !== 'withdrawn');
  return isHeld ? [...against, reason('origin-unknown')] : against;
}

function againstStatement(judging: Judging, standings: Standings): readonly Reason[] {
  const { header, unknown, isEntitled = () => true } = judging;
  const { channel, inReplyTo, kind } = header;
  if (inReplyTo === undefined || !SPEAKING.includes(kind)) return [];
  const ref = { channel, record: inReplyTo };
  const standing = standings(ref);
  if (standing === undefined) return unknown === 'refuse' ? [reason('not-entitled')] : [];
  const reasons = reasonsOf(decisionOn(judging, ref, standing));
  // A device that came later may speak for its contact point; whoever may not is not told whose the record is.
  if (reasons.length > 0 && !isEntitled(ref)) return [reason('not-entitled')];
  // Whose information it is cannot be seen from here: the hub can tell.
  const unsure = unknown === 'pass' && standing.source.originators.includes(UNKNOWN_ORIGIN);
  return reasons.filter(({ code }) => !(unsure && code === 'not-originator'));
}

function decisionOn(judging: Judging, ref: RecordRef, { target, madeOf }: Standing): Decision {
  const { header, actor, file, isEntitled = () => true } = judging;
  const { kind, marking, consent } = header;
  const sources = madeOf === undefined ? {} : { sources: madeOf };
  if (kind === 'marking') return mayRemark({ actor, target, marking, ...sources });
  if (kind === 'withdrawal') return mayWithdraw({ actor, target });
  if (kind === 'erasure') return decide([target.kind === 'withdrawal' ? undefined : reason('wrong-form', { kind })]);
  if (consent === undefined) return decide([]);
  if (consent.state === 'asked' && !isEntitled(ref)) return decide([reason('not-entitled')]);
  const record = file(ref);
  const consents = record === undefined ? [] : consentRecordsOf(record);
  const answered = consents.find(({ id }) => id === consent.answers);
  const about = { channel: ref.channel, about: ref.record };
  return mayConsent({ actor, target, about, terms: consent, ...(answered && { answered }) });
}

function againstRelease(judging: Judging, standings: Standings): readonly Reason[] {
  const { header, profile, release: evidence } = judging;
  const { release, sender, marking } = header;
  const record = { ...header, tightens: tightens(judging, standings) };
  if (release === undefined) return needsSecondOfficer(profile, record) ? [reason('release-missing')] : [];
  const { by } = release;
  if (evidence?.officer === undefined) return [reason('release-authority', { device: by })];
  if (!evidence.signatureVerifies) return [reason('release-signature', { device: by })];
  return reasonsOf(mayRelease({ sender, by, marking, ...evidence.officer }));
}

/** Whether a record is marked at least as strictly as it is. A reader that does not have it cannot tell. */
function tightens({ header, unknown }: Judging, standings: Standings): boolean {
  const { channel, kind, inReplyTo, marking } = header;
  if (kind !== 'marking' || inReplyTo === undefined) return false;
  const standing = standings({ channel, record: inReplyTo });
  return standing === undefined ? unknown === 'pass' : isAtLeastAsStrict(marking, standing.marking);
}

function recipients({ profile, members, header }: Judging): ContactPointId[] {
  return recipientsOf(profile, members, header.releasableTo);
}
