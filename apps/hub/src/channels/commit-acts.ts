import type { DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { Place } from '../records/submission.js';
import type { CommitEffects } from './group-store.js';

/**
 * What the log says of a commit beside that it was ordered: each device that it added or removed, and of the committer that it joined
 * again or changed the profile.
 */
export function commitActs(
  { purpose, state, added, removed }: CommitEffects,
  committer: DeviceAddress,
  { seq, at }: Place,
): LogAct[] {
  const act = (device: DeviceAddress, change: string): LogAct => ({
    type: 'commit.ordered',
    at: new Date(at).toISOString(),
    actor: committer,
    subject: { channel: state.id, seq, epoch: state.epoch - 1, device },
    details: { change },
  });
  return [
    ...added.map(({ device }) => act(device, 'added')),
    ...removed.map((device) => act(device, 'removed')),
    ...(purpose === 'rejoin' ? [act(committer, 'rejoined')] : []),
    ...(purpose === 'profile' ? [act(committer, 'profile')] : []),
  ];
}
