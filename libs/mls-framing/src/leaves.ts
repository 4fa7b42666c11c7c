import { LiaisonError } from '#liaison/protocol';

/** What a commit does to the leaves. A re-join is the removal of the old leaf and one addition. */
export interface LeavesChange<T> {
  readonly removes: readonly number[];
  readonly adds: readonly T[];
}

/** Which leaf index belongs to what; `null` is a blank leaf, and the last is never blank. */
export type Leaves<T> = readonly (T | null)[];

/**
 * The occupancy after a commit (RFC 9420 section 12.4.2 applies removals first; section 7.7: an addition takes the leftmost
 * blank leaf). Who commits does not matter.
 * @throws LiaisonError `malformed` (FRM-26) where a removal names no member.
 */
export function applyToLeaves<T>(leaves: Leaves<T>, change: LeavesChange<T>): Leaves<T> {
  const next = [...leaves];
  for (const leafIndex of change.removes) {
    if ((next[leafIndex] ?? null) === null)
      throw new LiaisonError('malformed', `Leaf ${leafIndex} holds no member.`, { check: 'FRM-26' });
    next[leafIndex] = null;
  }
  for (const item of change.adds) {
    const blank = next.indexOf(null);
    if (blank < 0) next.push(item);
    else next[blank] = item;
  }
  while (next.length > 0 && next.at(-1) === null) next.pop();
  return next;
}
