import type { ContactPointId, Roster } from '#liaison/protocol';

/** A time in which a contact point was suspended or had left, by the rosters that this device has verified. Milliseconds since 1970. */
export interface Suspension {
  readonly contactPoint: ContactPointId;
  readonly from: number;
  /** Absent while it lasts. */
  readonly until?: number;
}

/** What the next version of the roster begins and ends. */
export function suspensionsAfter(known: readonly Suspension[], next: Roster): Suspension[] {
  const at = Date.parse(next.issuedAt);
  const inactive = new Set(next.contactPoints.filter(({ status }) => status !== 'active').map(({ id }) => id));
  const kept = known.map((each) =>
    each.until === undefined && !inactive.has(each.contactPoint) ? { ...each, until: at } : each,
  );
  const lasting = new Set(kept.filter(({ until }) => until === undefined).map(({ contactPoint }) => contactPoint));
  const begun = [...inactive].filter((id) => !lasting.has(id)).map((contactPoint) => ({ contactPoint, from: at }));
  return [...kept, ...begun];
}

export function wasSuspended(
  suspensions: readonly Suspension[],
  { contactPoint, at }: { readonly contactPoint: ContactPointId; readonly at: number },
): boolean {
  return suspensions.some(
    (each) => each.contactPoint === contactPoint && each.from <= at && at < (each.until ?? Number.POSITIVE_INFINITY),
  );
}
