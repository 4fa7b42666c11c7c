import type { ParsedCommitMessage } from '#liaison/mls-framing';
import { equalBytes, LiaisonError, toBase64url } from '#liaison/protocol';
import { deviceOf } from './device.js';
import { epochOf, groupIdOf, hubProposals, isMember, memberAt, ownLeafIndex, type GroupState } from './group-state.js';
import type { CommitChange, CredentialPolicy, Member } from './policy.js';

export function requireActive(state: GroupState): void {
  if (!isMember(state)) throw new LiaisonError('usage', 'This device has been removed from the channel.');
}

/** @throws LiaisonError `usage`, `integrity` (SES-13) for another group, `stale-epoch` (SES-14) for another epoch. */
export function requireCurrent(
  state: GroupState,
  message: { readonly groupId: Uint8Array; readonly epoch: number },
): void {
  requireActive(state);
  if (!equalBytes(message.groupId, groupIdOf(state))) {
    throw new LiaisonError('integrity', 'This message belongs to another channel.', { check: 'SES-13' });
  }
  if (message.epoch !== epochOf(state)) {
    throw new LiaisonError(
      'stale-epoch',
      `This message is of epoch ${message.epoch}; the channel is in epoch ${epochOf(state)}.`,
      { check: 'SES-14' },
    );
  }
}

export type Removal = CommitChange['removes'][number];

/** @throws LiaisonError `integrity` (SES-12) where a removal names nobody, or refers to a proposal that the hub has not sent. */
export function removalsOf(state: GroupState, { content }: ParsedCommitMessage): Removal[] {
  const byHub = content.references.map((reference) => ({
    leafIndex: proposedLeaf(state, reference),
    proposedBy: 'hub' as const,
  }));
  const own = content.removes.map((leafIndex) => ({ leafIndex, proposedBy: 'committer' as const }));
  return [...own, ...byHub].map(({ leafIndex, proposedBy }) => {
    const member = leafIndex === undefined ? undefined : memberAt(state, leafIndex);
    if (member === undefined)
      throw new LiaisonError('integrity', 'This commit removes somebody who is not there.', { check: 'SES-12' });
    return { ...member, proposedBy };
  });
}

function proposedLeaf(state: GroupState, reference: string): number | undefined {
  return hubProposals(state).find((proposal) => toBase64url(proposal.reference) === reference)?.removes;
}

/** @throws LiaisonError `integrity` (SES-15), `usage` for one's own commit. */
export function committerOf(state: GroupState, { sender }: ParsedCommitMessage, removes: readonly Removal[]): Member {
  const leafIndex = sender.kind === 'member' ? sender.leafIndex : removes[0]?.leafIndex;
  const committer = leafIndex === undefined ? undefined : memberAt(state, leafIndex);
  if (committer === undefined)
    throw new LiaisonError('integrity', 'This commit is of nobody in the channel.', { check: 'SES-15' });
  if (sender.kind === 'member' && leafIndex === ownLeafIndex(state)) {
    throw new LiaisonError('usage', 'A device does not process its own commit: it takes the pending state.');
  }
  return committer;
}

/**
 * A re-join replaces a leaf of the same device, and a renewal stays with the device. Without this check whoever has seen
 * a GroupInfo could take any one member's place.
 * @throws LiaisonError `integrity` (SES-16).
 */
export function requireSameDevice({ content }: ParsedCommitMessage, committer: Member, policy: CredentialPolicy): void {
  const { path } = content;
  if (path === undefined || equalBytes(path.certificate, committer.certificate)) return;
  if (deviceOf(policy, path.certificate) !== deviceOf(policy, committer.certificate)) {
    throw new LiaisonError('integrity', 'This commit puts one device in the place of another.', { check: 'SES-16' });
  }
}
