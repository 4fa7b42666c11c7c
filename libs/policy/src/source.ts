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
  /** In force, on this very record: what they reach of its parts, `coverage.ts` says. */
  readonly consents: readonly Consent[];
  /** What it was made of, as far as it is at hand; absent for an original. */
  readonly parts?: readonly Source[];
  /** Originators whose information it holds beside that of its parts: consents on the parts do not reach it. */
  readonly added?: readonly ContactPointId[];
}

/** Stands for whoever wrote what this device cannot read: it never consents, and is nobody's own. */
export const UNKNOWN_ORIGIN = '?' as ContactPointId;
