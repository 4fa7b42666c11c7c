import { ChannelProfile, type ContactPointId, explainIssues, LiaisonError } from '#liaison/protocol';
import type { ChannelPlan } from './views.js';

/** The rules of a channel from an officer's plan. @throws LiaisonError `malformed`. */
export function profileFor(own: ContactPointId, plan: ChannelPlan): ChannelProfile {
  const releasableTo = [...new Set([own, ...plan.contactPoints])];
  const roles =
    plan.roles ??
    Object.fromEntries(
      releasableTo.map((point) => [point, point === own ? ['administer', 'post', 'read'] : ['post', 'read']]),
    );
  const profile = ChannelProfile.safeParse({
    v: 1,
    kind: plan.kind,
    ceiling: plan.ceiling,
    releasableTo,
    roles,
    retention: { reviewDays: plan.reviewDays ?? 365 },
    custody: plan.custody ?? 'none',
    exercise: plan.exercise ?? false,
    postQuantum: false,
    history: plan.history ?? { rule: 'full' },
    ...(plan.fourEyes === undefined ? {} : { fourEyes: plan.fourEyes }),
  });
  if (!profile.success)
    throw new LiaisonError('malformed', `The channel's rules are not valid: ${explainIssues(profile.error)}.`);
  return profile.data;
}
