import type { DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { Place } from '../records/submission.js';
import type { CommitEffects } from './group-store.js';

/** What the log says of a commit beside that it was ordered: each device that it added, removed, or let join again. */
export function commitActs(
  { state, added, removed, changed }: CommitEffects,
  committer: DeviceAddress,
  { seq, at }: Place,
): LogAct[] {
  const act = (device: DeviceAddress, change: 'added' | 'removed' | 'changed'): LogAct => ({
    type: 'commit.ordered',
    at: new Date(at).toISOString(),
    actor: committer,
    subject: { channel: state.id, seq, epoch: state.epoch - 1, device },
    details: { change },
  });
  return [
    ...added.map(({ device }) => act(device, 'added')),
    ...removed.map((device) => act(device, 'removed')),
    // A leaf of its own that is another now: the device joined again, or renewed its key.
    ...changed.map(({ device }) => act(device, 'changed')),
  ];
}
