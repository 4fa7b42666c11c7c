import type { ContactPointId, Marking, SecurityAgreement } from '#liaison/protocol';
import { missingAgreements } from './agreements.js';
import { consentedRecipients } from './coverage.js';
import { retainsDeathPenalty } from './death-penalty.js';
import { allOf, decide, reason, type Decision, type Reason } from './decision.js';
import { joinMarkings, laxAxes, tlpRank } from './marking-order.js';
import { UNKNOWN_ORIGIN, type Source } from './source.js';

export interface PassingOn {
  readonly actor: { readonly contactPoint: ContactPointId };
  /** Everybody that it reaches or is released to, the actor's own contact point included. */
  readonly recipients: readonly ContactPointId[];
  readonly agreements: readonly SecurityAgreement[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Forwarding extends PassingOn {
  readonly sources: readonly Source[];
  /** The new record's. */
  readonly marking: Marking;
}

/**
 * A new record made of others: at least as strictly marked as all of them, and with their national marking where they have
 * one alone.
 */
export function mayForward(context: Forwarding): Decision {
  const { sources, marking } = context;
  const lax = laxAxes(marking, joinMarkings(sources.map((source) => source.marking)));
  const axes = [...lax, ...droppedNational(context)];
  const strict = axes.length === 0 ? undefined : reason('mark-too-lax', { axes });
  return allOf([decide([strict]), ...sources.map((source) => decide(againstPassingOn(source, 'forward', context)))]);
}

/** What stands against a forward whatever is in the parts that nobody here can see: those can only add to it. */
export function certainlyAgainstForward(context: Forwarding): Decision {
  const sources = context.sources.map((source) => ({
    ...source,
    // What cannot be seen may have another national marking, and then none has to be there.
    marking: { ...source.marking, nationalMarkings: [] },
    originators: source.originators.filter((originator) => originator !== UNKNOWN_ORIGIN),
  }));
  return mayForward({ ...context, sources });
}

/** The same record for those who join later: it keeps its mark. */
export function mayGrant(context: PassingOn & { readonly source: Source }): Decision {
  return decide(againstPassingOn(context.source, 'grant', context));
}

/** A header has room for one national marking: of several none has to be there, and one's own is one's own to leave out. */
function droppedNational({ actor, sources, marking }: Forwarding): string[] {
  const [national, another] = joinMarkings(sources.map((source) => source.marking)).nationalMarkings;
  if (national === undefined || another !== undefined || national === marking.nationalMarking) return [];
  const isOthers = sources.some(
    (source) =>
      source.marking.nationalMarkings.includes(national) &&
      source.originators.some((originator) => originator !== actor.contactPoint),
  );
  return isOthers ? [national] : [];
}

function againstPassingOn(source: Source, act: 'forward' | 'grant', context: PassingOn): (Reason | undefined)[] {
  const { actor, recipients } = context;
  const { originators, marking } = source;
  const consented = consentedRecipients(source, act, actor.contactPoint);
  const held = recipients.filter((recipient) => !consented(recipient));
  const others = held.filter((recipient) => recipient !== actor.contactPoint);
  const beyond = others.filter((recipient) => !source.audience.includes(recipient));
  return [
    source.withdrawn ? reason('withdrawn') : undefined,
    beyond.length > 0 ? reason('outside-releasability', { originators, contactPoints: beyond }) : undefined,
    marking.handling.includes('H2') ? ifAny('handling-h2', originators, beyond) : undefined,
    tlpReason(source, { everybody: held, beyond }),
    marking.caveats.includes('asylum-seeker') ? ifAny('asylum-seeker', originators, beyond) : undefined,
    marking.caveats.includes('death-penalty')
      ? ifAny('death-penalty', originators, others.filter(retainsDeathPenalty))
      : undefined,
    ...missingAgreements(marking.classification, originators, recipients, context),
  ];
}

/** RED is for the persons who have it, so not even for colleagues; from AMBER up, for the contact points that have it. */
function tlpReason(
  { originators, marking: { tlp } }: Source,
  { everybody, beyond }: { readonly everybody: readonly ContactPointId[]; readonly beyond: readonly ContactPointId[] },
): Reason | undefined {
  if (tlp === undefined || tlpRank(tlp) < tlpRank('AMBER')) return undefined;
  const contactPoints = tlp === 'RED' ? everybody : beyond;
  return contactPoints.length === 0 ? undefined : reason('tlp', { tlp, originators, contactPoints });
}

function ifAny(
  code: 'handling-h2' | 'asylum-seeker' | 'death-penalty',
  originators: readonly ContactPointId[],
  contactPoints: readonly ContactPointId[],
): Reason | undefined {
  return contactPoints.length === 0 ? undefined : reason(code, { originators, contactPoints });
}
