import { canonicalJson, type ContactPointId, type Roster, type RosterContactPoint } from '#liaison/protocol';

/**
 * How a contact point stood in rosters that this device has verified, until a later one changed it. Milliseconds since 1970. Between
 * its signing and the moment when this device has it nobody can tell which of two rosters the hub went by.
 */
export interface FormerPoint {
  readonly point: RosterContactPoint;
  /** By when the roster that changed it was signed. */
  readonly replacedAt: number;
  /** When this device learned of that roster. */
  readonly learnedAt: number;
}

/** What the next version of the roster changes goes behind what earlier ones have changed. @param learnedAt this device's clock. */
export function formerPointsAfter(
  known: readonly FormerPoint[],
  before: Roster,
  next: Roster,
  learnedAt: number,
): FormerPoint[] {
  const replacedAt = Date.parse(next.issuedAt);
  const kept = new Map(next.contactPoints.map((point) => [point.id, standingOf(point)]));
  const changed = before.contactPoints.filter((point) => kept.get(point.id) !== standingOf(point));
  return [...known, ...changed.map((point) => ({ point, replacedAt, learnedAt: Math.max(learnedAt, replacedAt) }))];
}

/** What a device's standing hangs on. */
function standingOf({ status, ceiling, caCertificate, previousCa }: RosterContactPoint): string {
  return canonicalJson({ status, ceiling, caCertificate, ...(previousCa && { previousCa }) });
}

/** By how much clocks may differ, and what was ordered may be older than what forbids it: see decision 0040. */
export const TIMES_APART_MS = 5 * 60 * 1000;

/** How it may have stood at a time, the newest first: one entry, or several where a change was on its way. */
export function pointsThen(
  former: readonly FormerPoint[],
  current: RosterContactPoint | undefined,
  id: ContactPointId,
  at: number,
): RosterContactPoint[] {
  const own = former.filter(({ point }) => point.id === id);
  const began = (index: number) => own[index - 1]?.replacedAt ?? Number.NEGATIVE_INFINITY;
  const held = own.filter(({ learnedAt }, index) => began(index) <= at && at - TIMES_APART_MS < learnedAt);
  const isCurrent = current !== undefined && began(own.length) <= at;
  return [...held.map(({ point }) => point), ...(isCurrent ? [current] : [])].reverse();
}

/** By when the versions were signed; an hour that no known version speaks of is that of the oldest. */
export function pointAt(
  former: readonly FormerPoint[],
  current: RosterContactPoint | undefined,
  id: ContactPointId,
  at: number,
): RosterContactPoint | undefined {
  return former.find(({ point, replacedAt }) => point.id === id && at < replacedAt)?.point ?? current;
}
