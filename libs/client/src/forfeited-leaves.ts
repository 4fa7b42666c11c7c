import { type GroupState, type Member, members, ownLeafIndex } from '#liaison/mls-session';
import { deviceOf } from './group-policy.js';
import type { Trust } from './trust.js';

/** Other members of the group of whom this device knows that they may stay no longer. */
export function forfeitedLeaves(group: GroupState, trust: Trust, at: number): Member[] {
  const own = ownLeafIndex(group);
  return members(group).filter(
    ({ leafIndex, certificate }) => leafIndex !== own && trust.hasForfeited(certificate, at),
  );
}

/** Why nothing is encrypted to this group: in plain words. Undefined where something is. */
export function whyNotEncrypt(group: GroupState, trust: Trust, at: number): string | undefined {
  const [first, ...others] = forfeitedLeaves(group, trust, at);
  if (first === undefined) return undefined;
  const why = trust.standing(first.certificate, at).fault?.message ?? '';
  const more = others.length === 0 ? '' : ` And ${others.length} more.`;
  return `It waits until ${deviceOf(first.certificate)} has been removed from the channel. ${why}${more}`;
}
