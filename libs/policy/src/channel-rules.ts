import {
  type ChannelProfile,
  type ContactPointId,
  isAtLeastAsStrictFourEyes,
  isAtLeastAsStrictHistory,
  isHomeOfOne,
  isWithin,
} from '#liaison/protocol';
import { mayAdminister } from './may-join.js';

/** What is wrong with the rules of a channel, whoever makes or changes it. */
export const PROFILE_RULES = [
  'named-twice',
  'home-of-many',
  'foreign-roles',
  'nobody-administers',
  'fixed',
  'ceiling-raised',
  'shut-out',
  'bilateral-of-two',
  'four-eyes-loosened',
  'history-opened',
] as const;

export interface ProfileFault {
  readonly rule: (typeof PROFILE_RULES)[number];
  /** Plain English: what is wrong and what to do. */
  readonly message: string;
}

const FIXED = ['kind', 'exercise', 'custody', 'postQuantum'] as const;

/** Whether these rules may stand in a channel at all. That its contact points are active, the roster says. */
export function faultOfProfile(profile: ChannelProfile): ProfileFault | undefined {
  const { releasableTo, roles } = profile;
  if (new Set(releasableTo).size !== releasableTo.length)
    return fault('named-twice', 'A contact point stands twice in releasableTo.');
  if (!isHomeOfOne(profile))
    return fault('home-of-many', 'A home channel is one contact point’s alone. Create a channel of another kind.');
  const foreign = Object.entries(roles).find(
    ([point, held]) => !releasableTo.some((known) => known === point) || new Set(held).size !== held.length,
  );
  if (foreign !== undefined)
    return fault('foreign-roles', `The roles of ${foreign[0]} stand twice, or it is not in releasableTo.`);
  const administered = releasableTo.some((point) => mayAdminister(profile, point).allowed);
  return administered
    ? undefined
    : fault('nobody-administers', 'Somebody has to administer the channel. Hand it over to another first.');
}

/** Whether a channel's rules may become these: never of another kind, wider in what it may carry, or laxer. */
export function faultOfChange(before: ChannelProfile, after: ChannelProfile): ProfileFault | undefined {
  const changed = FIXED.find((name) => before[name] !== after[name]);
  if (changed !== undefined) return fault('fixed', `The ${changed} of a channel never changes. Create another.`);
  if (!isWithin(after.ceiling, before.ceiling))
    return fault('ceiling-raised', 'A ceiling is never raised: its members may not be cleared for it. Create another.');
  const gone = before.releasableTo.find((point) => !after.releasableTo.includes(point));
  if (gone !== undefined)
    return fault('shut-out', `${gone} stays in the releasability: remove its devices, or create another channel.`);
  if (after.kind === 'bilateral' && after.releasableTo.length > Math.max(2, before.releasableTo.length))
    return fault('bilateral-of-two', 'A bilateral channel stays between two. Create a multilateral one.');
  if (!isAtLeastAsStrictFourEyes(before.fourEyes, after.fourEyes))
    return fault(
      'four-eyes-loosened',
      'Four eyes never loosen: one officer alone would decide it. Create another channel.',
    );
  if (!isAtLeastAsStrictHistory(before.history, after.history))
    return fault(
      'history-opened',
      'The past of a channel is never opened wider than it was said to be. Create another channel.',
    );
  return faultOfProfile(after);
}

/** Whether rules that are changed leave somebody to change them again. @param present contact points with a device in the channel. */
export function faultOfLeaving(after: ChannelProfile, present: Iterable<ContactPointId>): ProfileFault | undefined {
  const administered = [...present].some((point) => mayAdminister(after, point).allowed);
  if (administered) return undefined;
  return fault(
    'nobody-administers',
    'Nobody in the channel would administer it. Hand it over to somebody who is in it.',
  );
}

function fault(rule: ProfileFault['rule'], message: string): ProfileFault {
  return { rule, message };
}
