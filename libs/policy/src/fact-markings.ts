import type { Marking } from '#liaison/protocol';
import { decide, reason, type Decision } from './decision.js';
import { laxAxes } from './marking-order.js';

/** The whole is at least as strict as each of its parts. @param factMarkings by JSON pointer, as in a content body. */
export function mayCarryFacts(marking: Marking, factMarkings: Readonly<Record<string, Marking>> = {}): Decision {
  return decide(
    Object.entries(factMarkings).map(([pointer, part]) => {
      const axes = laxAxes(marking, part);
      return axes.length === 0 ? undefined : reason('fact-marked-stricter', { pointer, axes });
    }),
  );
}
