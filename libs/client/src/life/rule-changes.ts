import { mayAdminister, explainReasons, faultOfChange, faultOfLeaving, type ProfileFault } from '#liaison/policy';
import { ChannelProfile, type ChannelRole, type ContactPointId, explainIssues, LiaisonError } from '#liaison/protocol';
import type { RuleChange } from './client-life.js';

/** The rules as they are to be. @returns the same where nothing is to change. */
export type NewRules = (before: ChannelProfile) => ChannelProfile;

export function withChange({ ceiling, releasableTo = [], reviewDays, fourEyes, history }: RuleChange): NewRules {
  return (before) => ({
    ...before,
    ...(ceiling !== undefined && { ceiling }),
    releasableTo: [...new Set([...before.releasableTo, ...releasableTo])],
    roles: { ...Object.fromEntries(releasableTo.map((point) => [point, NEWCOMER])), ...before.roles },
    ...(reviewDays !== undefined && { retention: { reviewDays } }),
    ...(fourEyes !== undefined && { fourEyes: { ...before.fourEyes, ...fourEyes } }),
    ...(history !== undefined && { history }),
  });
}

const NEWCOMER: ChannelRole[] = ['post', 'read'];

export function withRoles(to: ContactPointId, roles: readonly ChannelRole[]): NewRules {
  return (before) => ({ ...before, roles: { ...before.roles, [to]: [...new Set(roles)] } });
}

export function handedOver(from: ContactPointId, to: ContactPointId): NewRules {
  return (before) => {
    const held = (point: ContactPointId) => (before.roles[point] ?? []).filter((role) => role !== 'administer');
    return { ...before, roles: { ...before.roles, [from]: held(from), [to]: ['administer', ...held(to)] } };
  };
}

export function closed(before: ChannelProfile): ChannelProfile {
  return { ...before, closed: true };
}

export function reopened({ closed: _closed, ...before }: ChannelProfile): ChannelProfile {
  return before;
}

/**
 * What hub and members check of a change is refused here first, in words that help.
 * @param present contact points with a device in the channel.
 * @throws LiaisonError `not-allowed` (CLI-34, CLI-37), `malformed`.
 */
export function requireLawfulRules(
  { before, after }: { readonly before: ChannelProfile; readonly after: ChannelProfile },
  own: ContactPointId,
  present: ReadonlySet<ContactPointId>,
): void {
  requireAdministration(before, own);
  const form = ChannelProfile.safeParse(after);
  if (!form.success) throw new LiaisonError('malformed', `The rules are not valid: ${explainIssues(form.error)}.`);
  const fault: ProfileFault | undefined = faultOfChange(before, after) ?? faultOfLeaving(after, present);
  if (fault !== undefined) throw refusal('CLI-37', fault.message);
}

/** @throws LiaisonError `not-allowed` (CLI-34): with whom to ask. */
export function requireAdministration(profile: ChannelProfile, own: ContactPointId): void {
  const role = mayAdminister(profile, own);
  if (!role.allowed) throw refusal('CLI-34', `${explainReasons(role.reasons)} ${whoDoes(profile)}`);
}

function whoDoes(profile: ChannelProfile): string {
  const administrators = profile.releasableTo.filter((point) => mayAdminister(profile, point).allowed);
  return `Ask ${administrators.join(' or ')}, who administers it.`;
}

function refusal(check: 'CLI-34' | 'CLI-37', message: string): LiaisonError {
  return new LiaisonError('not-allowed', message, { check });
}
