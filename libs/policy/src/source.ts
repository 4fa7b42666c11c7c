import type { ContactPointId, Marking } from '#liaison/protocol';
import type { Consent } from './consents.js';
import { joinMarkings, type JoinedMarking } from './marking-order.js';

/** One record as it stands now: re-marked where its originator did, with the contact points it was released to. */
export interface StandingRecord {
  /** Contact point of the sender of the record that it goes back to. */
  readonly originator: ContactPointId;
  /** The originator's newest one. */
  readonly marking: Marking;
  /** `releasableTo` of its header, or of its channel. */
  readonly releasableTo: readonly ContactPointId[];
  readonly withdrawn: boolean;
}

/** A record that is passed on, together with all that it was made of. */
export interface Source {
  /** Whose information it is: each must consent. */
  readonly originators: readonly ContactPointId[];
  readonly marking: JoinedMarking;
  /** Contact points to which all of it was released. */
  readonly audience: readonly ContactPointId[];
  readonly withdrawn: boolean;
  /** In force, on any of the records. */
  readonly consents: readonly Consent[];
}

/** @param records the one that is passed on and, transitively, those that it was derived from: at least one. */
export function sourceOf(records: readonly StandingRecord[], consents: readonly Consent[]): Source {
  const [first, ...others] = records;
  const audience = (first?.releasableTo ?? []).filter((contactPoint) =>
    others.every(({ releasableTo }) => releasableTo.includes(contactPoint)),
  );
  return {
    originators: [...new Set(records.map(({ originator }) => originator))].sort(),
    marking: joinMarkings(records.map(({ marking }) => marking)),
    audience,
    withdrawn: records.some(({ withdrawn }) => withdrawn),
    consents,
  };
}
