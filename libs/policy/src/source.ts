import type { ContactPointId } from '#liaison/protocol';
import type { Consent } from './consents.js';
import type { JoinedMarking } from './marking-order.js';

/** A record that is passed on or used, together with all that it was made of. */
export interface Source {
  /** Whose information it is: each must consent. {@link UNKNOWN_ORIGIN} among them where a part of it cannot be seen. */
  readonly originators: readonly ContactPointId[];
  /** As marked now: each originator's newest marks. */
  readonly marking: JoinedMarking;
  /** Contact points to which all of it was released. */
  readonly audience: readonly ContactPointId[];
  readonly withdrawn: boolean;
  /** In force, on any of the records. */
  readonly consents: readonly Consent[];
}

/** Stands for whoever wrote what this device cannot read: it never consents, and is nobody's own. */
export const UNKNOWN_ORIGIN = '?' as ContactPointId;
