import * as z from 'zod';
import { ContactPointId } from './ids.js';
import { Classification } from './marking.js';
import { Priority } from './priority.js';

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
  postQuantum: z.boolean(),
  /** From this mark or this priority up, a second officer of the sender's contact point signs before release. */
  fourEyes: z
    .strictObject({ classification: Classification.optional(), priority: Priority.optional() })
    .refine((rule) => rule.classification !== undefined || rule.priority !== undefined, 'a mark or a priority')
    .optional(),
});
export type ChannelProfile = z.infer<typeof ChannelProfile>;

export function hasRole(profile: ChannelProfile, contactPoint: ContactPointId, role: ChannelRole): boolean {
  return profile.roles[contactPoint]?.includes(role) ?? false;
}
