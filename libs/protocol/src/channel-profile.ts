import * as z from 'zod';
import { HistoryRule } from './history-rule.js';
import { ContactPointId } from './ids.js';
import { Classification, isWithin } from './marking.js';
import { PRIORITIES, Priority } from './priority.js';

export const CHANNEL_KINDS = ['bilateral', 'multilateral', 'jit', 'community', 'home'] as const;
export const ChannelKind = z.enum(CHANNEL_KINDS);
export type ChannelKind = z.infer<typeof ChannelKind>;

export const ChannelRole = z.enum(['administer', 'post', 'read', 'co-sign']);
export type ChannelRole = z.infer<typeof ChannelRole>;

/** The rules of a channel, in its MLS GroupContext: hub and members enforce them alike. Never its title, which is content. */
export const ChannelProfile = z.strictObject({
  v: z.literal(1),
  kind: ChannelKind,
  /** Nothing above it is posted; nobody cleared below it is a member. */
  ceiling: Classification,
  /** Contact points whose devices may be members. */
  releasableTo: z.array(ContactPointId).min(1).max(250),
  roles: z.record(ContactPointId, z.array(ChannelRole).max(4)),
  retention: z.strictObject({ reviewDays: z.int().min(1).max(3650) }),
  custody: z.enum(['required', 'none']),
  /** True for a drill: shown on every screen. */
  exercise: z.boolean(),
  /** Nobody posts any more; what is there is still read, acknowledged, withdrawn, held, erased and opened. */
  closed: z.literal(true).optional(),
  postQuantum: z.boolean(),
  /** What those who join later may be given of the past. Absent: `from-join`. */
  history: HistoryRule.optional(),
  /** From this mark or this priority up, a second officer of the sender's contact point signs before release. */
  fourEyes: z
    .strictObject({ classification: Classification.optional(), priority: Priority.optional() })
    .refine((rule) => rule.classification !== undefined || rule.priority !== undefined, 'a mark or a priority')
    .optional(),
});
export type ChannelProfile = z.infer<typeof ChannelProfile>;

export function hasRole(
  profile: Pick<ChannelProfile, 'roles'>,
  contactPoint: ContactPointId,
  role: ChannelRole,
): boolean {
  return profile.roles[contactPoint]?.includes(role) ?? false;
}

/**
 * Whether everything that the first rule has a second officer release is had released by the second rule too. Once a channel asks
 * for four eyes, nobody alone may stop it from asking.
 */
export function isAtLeastAsStrictFourEyes(
  before: ChannelProfile['fourEyes'],
  after: ChannelProfile['fourEyes'],
): boolean {
  const { classification, priority } = before ?? {};
  return (
    (classification === undefined ||
      (after?.classification !== undefined && isWithin(after.classification, classification))) &&
    (priority === undefined ||
      (after?.priority !== undefined && PRIORITIES.indexOf(after.priority) <= PRIORITIES.indexOf(priority)))
  );
}

/** Whether a home channel, where drafts and releases are shown, is one contact point's alone. True of every other kind. */
export function isHomeOfOne({ kind, releasableTo }: Pick<ChannelProfile, 'kind' | 'releasableTo'>): boolean {
  return kind !== 'home' || new Set(releasableTo).size === 1;
}
