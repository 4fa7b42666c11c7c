import { DEVICE_CERTIFICATE_DAYS, parseCaCertificate } from '#liaison/crypto';
import {
  type Classification,
  type Clock,
  type ContactPointId,
  equalBytes,
  fromBase64url,
  LiaisonError,
  LIMITS,
  type LogRestoration,
  Roster,
  type RosterContactPoint,
  type SecurityAgreement,
  type Timestamp,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { type CustodyKeyHandIn, verifiedCustodyKey } from '../custody/custody-key.js';
import type { HubIdentity } from './community-plan.js';
import { ROSTER_DAYS } from './roster-draft.js';
import { DAY } from './validity.js';

type CoChair = Roster['coChairs'][number];

/** What the co-chairs decided on since the last version. */
export interface RosterRevision {
  /** May be restored. */
  readonly suspend?: readonly ContactPointId[];
  readonly restore?: readonly ContactPointId[];
  /** Suspended, and what they sent since is marked for every reader. */
  readonly compromised?: ReadonlyMap<ContactPointId, Timestamp>;
  /** For good. */
  readonly leave?: readonly ContactPointId[];
  readonly join?: readonly RosterContactPoint[];
  /** CA certificates (DER) that take the place of those in the roster. */
  readonly authorities?: ReadonlyMap<ContactPointId, Uint8Array>;
  /** New CAs (DER, another key); what the CA before issued counts for so many days more. */
  readonly newAuthorities?: ReadonlyMap<ContactPointId, Uint8Array>;
  readonly overlapDays?: number;
  /** Custody keys that contact points founded, or founded anew. */
  readonly custodyKeys?: readonly CustodyKeyHandIn[];
  /** Where whoever invites a device may, or may no longer, certify it alone. */
  readonly oneAdministrator?: readonly ContactPointId[];
  readonly twoAdministrators?: readonly ContactPointId[];
  /** New, or in the place of the one of the same id. */
  readonly agreements?: readonly SecurityAgreement[];
  readonly endAgreements?: readonly string[];
  /** What their devices may be cleared for, from now on. */
  readonly ceilings?: ReadonlyMap<ContactPointId, Classification>;
  readonly coChairsOut?: readonly ContactPointId[];
  readonly coChairsIn?: readonly CoChair[];
  readonly threshold?: number;
  readonly hub?: HubIdentity;
  /** The hub was restored from a backup, and its log goes on from here. */
  readonly restored?: LogRestoration;
  /** Until it has to be renewed; default a year. */
  readonly days?: number;
}

/**
 * The next version of a roster, for the co-chairs to read and to sign. With no change at all it prolongs the roster.
 * @throws LiaisonError `usage` for a change that does not fit what the roster says now, `bad-signature` (CER-06).
 */
export function reviseRoster(roster: Roster, revision: RosterRevision, clock: Clock): Roster {
  const draft = {
    ...roster,
    version: roster.version + 1,
    issuedAt: timestampOf(clock),
    expiresAt: new Date(clock.now() + (revision.days ?? ROSTER_DAYS) * DAY).toISOString(),
    threshold: revision.threshold ?? roster.threshold,
    coChairs: revisedCoChairs(roster.coChairs, revision),
    hub: { ...revisedHub(roster.hub, revision.hub), ...(revision.restored && { restored: revision.restored }) },
    contactPoints: [
      ...roster.contactPoints.map((point) => revisedPoint(point, revision, clock)),
      ...(revision.join ?? []),
    ],
    ...revisedAgreements(roster, revision),
  };
  requireKnown(roster, revision);
  const parsed = Roster.safeParse(draft);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('usage', `This would be no roster: ${parsed.error.issues[0]?.message ?? ''}.`);
}

/** Nothing above RESTRICTED passes without one, so ending one holds back what goes between its parties from then on. */
function revisedAgreements(
  { agreements: before = [] }: Roster,
  { agreements = [], endAgreements = [] }: RosterRevision,
): { agreements?: SecurityAgreement[] } {
  const gone = endAgreements.find((id) => !before.some((each) => each.id === id));
  if (gone !== undefined) throw usage(`The roster has no security agreement ${gone}.`);
  const named = [...endAgreements, ...agreements.map(({ id }) => id)];
  const twice = named.find((id, index) => named.indexOf(id) !== index);
  if (twice !== undefined) throw usage(`The security agreement ${twice} is named twice.`);
  const after = [...before.filter(({ id }) => !named.includes(id)), ...agreements];
  return before.length + after.length === 0 ? {} : { agreements: after };
}

/** The key that signed the log until now goes on proving what it signed; groups name the external sender of before until a member changes it. */
function revisedHub(before: Roster['hub'], after: HubIdentity | undefined): Roster['hub'] {
  if (after === undefined) return before;
  const { origin, externalSenderKey, logKey } = after;
  const former = new Set([...(before.formerLogKeys ?? []), ...(before.logKey === undefined ? [] : [before.logKey])]);
  former.delete(logKey);
  const { restored } = before;
  const senders = formerSenders(before, externalSenderKey);
  return {
    origin,
    externalSenderKey,
    logKey,
    ...(former.size > 0 && { formerLogKeys: [...former] }),
    ...(senders.length > 0 && { formerExternalSenderKeys: senders }),
    ...(restored && { restored }),
  };
}

function formerSenders(
  { externalSenderKey: current, formerExternalSenderKeys: former = [] }: Roster['hub'],
  next: string,
) {
  return (next === current ? former : [...former, current]).slice(-LIMITS.formerHubKeys);
}

function revisedCoChairs(before: readonly CoChair[], { coChairsOut = [], coChairsIn = [] }: RosterRevision): CoChair[] {
  for (const id of coChairsOut) {
    if (!before.some(({ contactPoint }) => contactPoint === id)) throw usage(`${id} is not in the chair.`);
  }
  return [...before.filter(({ contactPoint }) => !coChairsOut.includes(contactPoint)), ...coChairsIn];
}

function revisedPoint(point: RosterContactPoint, revision: RosterRevision, clock: Clock): RosterContactPoint {
  const since = revision.compromised?.get(point.id);
  const { administratorsToEnrol, caCertificate: _old, previousCa: _before, ...rest } = point;
  const authority = revisedAuthority(point, revision, clock);
  const custody = revision.custodyKeys?.find(({ contactPoint }) => contactPoint === point.id);
  const two = revision.twoAdministrators?.includes(point.id)
    ? 2
    : revision.oneAdministrator?.includes(point.id)
      ? undefined
      : administratorsToEnrol;
  return {
    ...rest,
    ...(two && { administratorsToEnrol: two }),
    status: revisedStatus(point, revision),
    ceiling: revision.ceilings?.get(point.id) ?? point.ceiling,
    ...authority,
    ...(custody && verifiedCustodyKey(custody, authority.caCertificate, point)),
    ...(since !== undefined && {
      compromised: { since, declaredAt: timestampOf(clock) },
      ...(point.compromised && { earlierCompromises: [...(point.earlierCompromises ?? []), point.compromised] }),
    }),
  };
}

/** As long as a device certificate may last: by then each has been issued anew. */
const MOST_OVERLAP_DAYS = DEVICE_CERTIFICATE_DAYS;
const OVERLAP_DAYS = 30;

function revisedAuthority(
  { id, caCertificate, previousCa }: RosterContactPoint,
  { authorities, newAuthorities, overlapDays = OVERLAP_DAYS }: RosterRevision,
  clock: Clock,
): Pick<RosterContactPoint, 'caCertificate' | 'previousCa'> {
  const [replaced, added] = [authorities?.get(id), newAuthorities?.get(id)];
  if (replaced !== undefined && added !== undefined) throw usage(`${id} cannot both renew its CA and have a new one.`);
  if (added !== undefined) {
    if (isSameKey(caCertificate, added))
      throw usage(`This is the key that the CA of ${id} has already: use --renew-ca.`);
    if (overlapDays > MOST_OVERLAP_DAYS) throw usage(`The CA before counts for ${MOST_OVERLAP_DAYS} days at most.`);
    const until = new Date(clock.now() + overlapDays * DAY).toISOString();
    return { caCertificate: toBase64url(added), previousCa: { caCertificate, until } };
  }
  if (replaced === undefined) return { caCertificate, ...(previousCa && { previousCa }) };
  // Another key at once is for a stolen one: then nothing older counts either.
  const keeps = previousCa !== undefined && isSameKey(caCertificate, replaced);
  return { caCertificate: toBase64url(replaced), ...(keeps && { previousCa }) };
}

function isSameKey(caCertificate: string, other: Uint8Array): boolean {
  return equalBytes(parseCaCertificate(fromBase64url(caCertificate)).publicKey, parseCaCertificate(other).publicKey);
}

function revisedStatus({ id, status }: RosterContactPoint, revision: RosterRevision): RosterContactPoint['status'] {
  const wanted = [
    ...(revision.suspend?.includes(id) || declaredNow(status, revision.compromised?.get(id))
      ? ['suspended' as const]
      : []),
    ...(revision.restore?.includes(id) ? ['active' as const] : []),
    ...(revision.leave?.includes(id) ? ['left' as const] : []),
  ];
  const [next, ...others] = wanted;
  if (next === undefined) return status;
  if (others.length > 0) throw usage(`${id} cannot be in two states.`);
  if (status === 'left') throw usage(`${id} has left for good: it joins anew under another id.`);
  if (status === next) throw usage(`${id} is ${status} already.`);
  return next;
}

/** Who is suspended or has left already stays so. */
function declaredNow(status: RosterContactPoint['status'], since: Timestamp | undefined): boolean {
  return since !== undefined && status === 'active';
}

function requireKnown({ contactPoints }: Roster, revision: RosterRevision): void {
  const { suspend = [], restore = [], leave = [], authorities = new Map<ContactPointId, Uint8Array>() } = revision;
  const { newAuthorities = new Map<ContactPointId, Uint8Array>() } = revision;
  const { oneAdministrator = [], twoAdministrators = [] } = revision;
  const { ceilings = new Map<ContactPointId, Classification>() } = revision;
  for (const id of [
    ...[...suspend, ...restore, ...leave, ...oneAdministrator, ...twoAdministrators],
    ...authorities.keys(),
    ...newAuthorities.keys(),
    ...ceilings.keys(),
    ...(revision.custodyKeys ?? []).map(({ contactPoint }) => contactPoint),
    ...(revision.compromised?.keys() ?? []),
  ]) {
    if (!contactPoints.some((point) => point.id === id)) throw usage(`The roster has no contact point ${id}.`);
  }
}

function usage(message: string): LiaisonError {
  return new LiaisonError('usage', message);
}
