import type { DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { Place } from '../records/submission.js';
import type { CommitEffects } from './group-store.js';
import { ruleActs } from './rule-acts.js';

/**
 * What the log says of a commit beside that it was ordered: each device that it added or removed, and of the committer that it joined
 * again or changed the profile or the hub's key; and each thing that the new profile does.
 */
export function commitActs(
  { purpose, state, before, why, added, gone }: CommitEffects,
  committer: DeviceAddress,
  { seq, at }: Place,
): LogAct[] {
  const time = new Date(at).toISOString();
  const subject = { channel: state.id, seq, epoch: state.epoch - 1 };
  const made = { at: time, actor: committer, subject, purpose: why };
  const act = (device: DeviceAddress, change: string): LogAct => ({
    type: 'commit.ordered',
    at: time,
    actor: committer,
    subject: { ...subject, device },
    details: { change },
    ...(why !== undefined && { purpose: why }),
  });
  return [
    ...added.map(({ device }) => act(device, 'added')),
    ...gone.map((device) => act(device, 'removed')),
    ...(purpose === 'rejoin' ? [act(committer, 'rejoined')] : []),
    ...(purpose === 'profile' || purpose === 'hub-key' ? [act(committer, purpose)] : []),
    ...ruleActs({ before, after: state.profile }, made),
  ];
}
