import { type Member, members, ownLeafIndex } from '#liaison/mls-session';
import type { OpenChannel } from './channel-state.js';
import { deviceOf } from './group-policy.js';
import type { Trust } from './trust.js';

/** Other members of the group of whom this device knows that they may stay no longer, or that they have left. */
export function forfeitedLeaves({ state, group }: OpenChannel, trust: Trust, at: number): Member[] {
  if (group === undefined) return [];
  const own = ownLeafIndex(group);
  const hasLeft = ({ leafIndex }: Member) => state.leavings?.[String(leafIndex)] !== undefined;
  return members(group).filter(
    (member) => member.leafIndex !== own && (hasLeft(member) || trust.hasForfeited(member.certificate, at)),
  );
}

/** Why nothing is encrypted to this group: in plain words. Undefined where something is. */
export function whyNotEncrypt(channel: OpenChannel, trust: Trust, at: number): string | undefined {
  const [first, ...others] = forfeitedLeaves(channel, trust, at);
  if (first === undefined) return undefined;
  const why = trust.standing(first.certificate, at).fault?.message ?? 'It has left.';
  const more = others.length === 0 ? '' : ` And ${others.length} more.`;
  return `It waits until ${deviceOf(first.certificate)} has been removed from the channel. ${why}${more}`;
}
