import type { Classification, ContactPointId } from '#liaison/protocol';

/** Whose act it is. */
export interface Actor {
  readonly contactPoint: ContactPointId;
  readonly clearance: Classification;
}
