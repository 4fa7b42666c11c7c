import { emptyPskIndex, processPublicMessage } from 'ts-mls';
import {
    decodeMessage,
  parseCommit,
  parseHandshake,
  type ParsedCommitMessage,
} from '#liaison/mls-framing';
import { equalBytes, LiaisonError, toBase64url } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import { authService, clientConfig, noCredentials } from './client-config.js';
import { deviceOf } from './device.js';
import { enterEpoch, leaveGroup } from './epoch.js';
import { received } from './fault.js';
import { epochOf, groupIdOf, hubKeyOf, memberAt, ownLeafIndex, profileOf, type GroupState } from './group-state.js';
import { requireActive, requireUnlikeDevices } from './member-commits.js';
import type { CommitChange, CommitPolicy, CredentialPolicy, Member } from './policy.js';

export async function processCommit(
  suite: CipherSuite,
  state: GroupState,
  bytes: Uint8Array,
  policy: CommitPolicy,
): Promise<{ readonly state: GroupState; readonly change: CommitChange }> {
  const commit = parseCommit(bytes);
  requireCurrent(state, commit);
  const removes = removalsOf(state, commit);
  const committer = committerOf(state, commit, removes);
  requireSameDevice(commit, committer, policy);
  requireSameHub(state, commit);
  const next = await apply(suite, state, bytes, policy);
  const change = changeOf(state, next, { commit, committer, removes });
  if (!change.removedSelf && change.purpose !== 'remove') requireUnlikeDevices(next, policy);
  const verdict = await policy.authorize(change);
  if (!verdict.ok) throw new LiaisonError('not-allowed', verdict.reason, { check: 'SES-11' });
  return { state: next, change };
}

export async function processProposal(
  suite: CipherSuite,
  state: GroupState,
  bytes: Uint8Array,
): Promise<{ readonly state: GroupState; readonly removes: Member }> {
  const proposal = parseHandshake(bytes);
  if (proposal.content.kind !== 'proposal')
    throw new LiaisonError('malformed', 'A proposal is expected here, not a commit.', { check: 'FRM-19' });
  // The hub's signature covers group and epoch, but the library compares neither with the state.
  requireCurrent(state, proposal);
  const removes = memberAt(state, proposal.content.removes);
  if (removes === undefined)
    throw new LiaisonError('integrity', 'The hub proposes to remove nobody.', { check: 'SES-12' });
  const { publicMessage } = decodeMessage(bytes, 'mls_public_message');
  const before = { ...state.unsafeSecrets, clientConfig: clientConfig(noCredentials) };
  const { newState } = await received('proposal', async () =>
    processPublicMessage(before, publicMessage, emptyPskIndex, suite),
  );
  return {
    state: { unsafeSecrets: { ...state.unsafeSecrets, unappliedProposals: newState.unappliedProposals } },
    removes,
  };
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

type Removal = CommitChange['removes'][number];

/** @throws LiaisonError `integrity` (SES-12) where a removal names nobody, or refers to a proposal that the hub has not sent. */
function removalsOf(state: GroupState, { content }: ParsedCommitMessage): Removal[] {
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
  for (const [known, { proposal }] of Object.entries(state.unsafeSecrets.unappliedProposals)) {
    const same = toBase64url(Uint8Array.from(atob(known), (character) => character.charCodeAt(0))) === reference;
    if (same && 'remove' in proposal) return proposal.remove.removed;
  }
  return undefined;
}

/** @throws LiaisonError `integrity` (SES-15), `usage` for one's own commit. */
function committerOf(state: GroupState, { sender }: ParsedCommitMessage, removes: readonly Removal[]): Member {
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
function requireSameDevice({ content }: ParsedCommitMessage, committer: Member, policy: CredentialPolicy): void {
  const { path } = content;
  if (path === undefined || equalBytes(path.certificate, committer.certificate)) return;
  if (deviceOf(policy, path.certificate) !== deviceOf(policy, committer.certificate)) {
    throw new LiaisonError('integrity', 'This commit puts one device in the place of another.', { check: 'SES-16' });
  }
}

/** The hub's key comes from the roster and is for ever. @throws LiaisonError `integrity` (SES-17). */
function requireSameHub(state: GroupState, { content }: ParsedCommitMessage): void {
  if (content.rules !== undefined && !equalBytes(content.rules.externalSenderKey, hubKeyOf(state))) {
    throw new LiaisonError('integrity', 'A commit may not exchange the hub.', { check: 'SES-17' });
  }
}

async function apply(
  suite: CipherSuite,
  state: GroupState,
  bytes: Uint8Array,
  policy: CredentialPolicy,
): Promise<GroupState> {
  const { publicMessage } = decodeMessage(bytes, 'mls_public_message');
  const service = authService(policy, 'new', hubKeyOf(state));
  const before = {
    ...state.unsafeSecrets,
    clientConfig: clientConfig(service, policy),
  };
  const { newState } = await received('commit', async () =>
    processPublicMessage(before, publicMessage, emptyPskIndex, suite),
  );
  if (newState.groupActiveState.kind === 'removedFromGroup') return leaveGroup(newState);
  return enterEpoch(newState);
}

function changeOf(
  before: GroupState,
  after: GroupState,
  facts: { readonly commit: ParsedCommitMessage; readonly committer: Member; readonly removes: readonly Removal[] },
): CommitChange {
  const { content, authenticatedData } = facts.commit;
  const removedSelf = after.unsafeSecrets.groupActiveState.kind === 'removedFromGroup';
  const { path } = content;
  const renewed =
    path === undefined || equalBytes(path.certificate, facts.committer.certificate)
      ? {}
      : { renewed: path.certificate };
  return {
    purpose: content.purpose,
    groupId: groupIdOf(before),
    epoch: epochOf(before),
    committer: facts.committer,
    adds: content.adds.map(({ certificate, signatureKey }) => ({
      leafIndex: leafWithKey(after, signatureKey),
      certificate,
    })),
    removes: facts.removes,
    ...renewed,
    profile: { before: profileOf(before), after: profileOf(after) },
    authenticatedData,
    removedSelf,
  };
}

function leafWithKey(state: GroupState, signatureKey: Uint8Array): number {
  const node = state.unsafeSecrets.ratchetTree.findIndex(
    (candidate) => candidate?.nodeType === 'leaf' && equalBytes(candidate.leaf.signaturePublicKey, signatureKey),
  );
  return node / 2;
}
