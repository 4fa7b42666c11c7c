import { decodeCommitStatement, hasRole, type ChannelProfile, type ContactPointId } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';

/** Of an act that nobody gave a reason for: every such act says why, and be it this. */
export const NO_REASON = 'no reason given';

/** What its committer says of why; nothing of what cannot be read, for members judge that. */
export function purposeOf(authenticatedData: Uint8Array): string | undefined {
  try {
    return decodeCommitStatement(authenticatedData).purpose;
  } catch {
    return undefined;
  }
}

/** What a change of the rules is logged as: each thing that was done is an entry of its own type. */
export function ruleActs(
  { before, after }: { readonly before: ChannelProfile; readonly after: ChannelProfile },
  made: Pick<LogAct, 'at' | 'actor' | 'subject'> & { readonly purpose?: string | undefined },
): LogAct[] {
  const { purpose = NO_REASON, ...place } = made;
  const { device: _committer, ...subject } = place.subject;
  const act = (type: LogAct['type'], more: Partial<LogAct> = {}): LogAct => ({
    ...place,
    type,
    purpose,
    ...more,
    subject: { ...subject, ...more.subject },
  });
  const handedOver = administratorsAfter(before, after);
  return [
    ...(after.closed === true && before.closed !== true ? [act('channel.closed')] : []),
    ...(before.closed === true && after.closed !== true ? [act('channel.reopened')] : []),
    ...handedOver.map((contactPoint) => act('channel.handed-over', { subject: { contactPoint } })),
    ...rolesChanged(before, after)
      .filter((contactPoint) => handedOver.length === 0 || !changesAdministration(before, after, contactPoint))
      .map((contactPoint) =>
        act('channel.roles', {
          subject: { contactPoint },
          details: { roles: [...(after.roles[contactPoint] ?? [])].sort().join(',') || 'none' },
        }),
      ),
    ...detailsChanged(before, after).map((details) => act('channel.changed', { details })),
  ];
}

/** Who administers it now in the place of others who do no more. */
function administratorsAfter(before: ChannelProfile, after: ChannelProfile): ContactPointId[] {
  const gives = before.releasableTo.some(
    (point) => hasRole(before, point, 'administer') && !hasRole(after, point, 'administer'),
  );
  const takes = after.releasableTo.filter(
    (point) => !hasRole(before, point, 'administer') && hasRole(after, point, 'administer'),
  );
  return gives ? takes : [];
}

function changesAdministration(before: ChannelProfile, after: ChannelProfile, point: ContactPointId): boolean {
  return hasRole(before, point, 'administer') !== hasRole(after, point, 'administer');
}

function rolesChanged(before: ChannelProfile, after: ChannelProfile): ContactPointId[] {
  const rolesOf = (profile: ChannelProfile, point: ContactPointId) => [...(profile.roles[point] ?? [])].sort().join();
  return after.releasableTo.filter((point) => rolesOf(before, point) !== rolesOf(after, point));
}

/** The other rules, as codes and counts. */
function detailsChanged(before: ChannelProfile, after: ChannelProfile): NonNullable<LogAct['details']>[] {
  const [was, is] = [detailsOf(before), detailsOf(after)];
  const changed = Object.entries(is).filter(([name, value]) => was[name] !== value);
  return changed.length === 0 ? [] : [Object.fromEntries(changed)];
}

function detailsOf({ ceiling, releasableTo, retention, fourEyes, history }: ChannelProfile) {
  const details: Record<string, string | number> = {
    ceiling,
    contactPoints: releasableTo.length,
    reviewDays: retention.reviewDays,
    fourEyesClassification: fourEyes?.classification ?? 'none',
    fourEyesPriority: fourEyes?.priority ?? 'none',
    history: history?.rule ?? 'from-join',
  };
  return details;
}
