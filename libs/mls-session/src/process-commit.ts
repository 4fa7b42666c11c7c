import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import { processPublicMessage } from 'ts-mls/processMessages.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import {
  decodeMessage,
  groupChange,
  type GroupChange,
  parseCommit,
  type ParsedCommitMessage,
} from '#liaison/mls-framing';
import { equalBytes, LiaisonError } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import { authService, clientConfig } from './client-config.js';
import { committerOf, removalsOf, requireCurrent, requireSameDevice, type Removal } from './commit-checks.js';
import { requireUnlikeDevices } from './device.js';
import { enterEpoch, leaveGroup } from './epoch.js';
import { received } from './fault.js';
import {
  epochOf,
  groupIdOf,
  hubKeyOf,
  members,
  ownLeafIndex,
  profileOf,
  rulesOf,
  type GroupState,
} from './group-state.js';
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
  const purpose = groupChange(commit.content, rulesOf(state));
  const replaced = commit.content.purpose === 'rejoin' && committer.leafIndex === ownLeafIndex(state);
  const next = await (replaced ? superseded : apply)(suite, state, bytes, policy);
  const change = changeOf(state, next, { purpose, commit, committer, removes });
  if (!change.removedSelf && change.purpose !== 'remove') requireUnlikeDevices(next, policy);
  const verdict = await policy.authorize(change);
  if (!verdict.ok) throw new LiaisonError('not-allowed', verdict.reason, { check: 'SES-11' });
  return { state: next, change };
}

async function apply(
  suite: CipherSuite,
  state: GroupState,
  bytes: Uint8Array,
  policy: CredentialPolicy,
): Promise<GroupState> {
  const { publicMessage } = decodeMessage(bytes, 'mls_public_message');
  // Whether the hub may have this key is the caller's to say: `authorize`, once the commit has been authenticated.
  const { externalSenderKey } = parseCommit(bytes).content.rules ?? rulesOf(state);
  const service = authService(policy, 'new', [externalSenderKey]);
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

/**
 * This device has re-joined from elsewhere, a restored copy perhaps: the state here is superseded. The library would try to
 * go on with it.
 */
async function superseded(
  suite: CipherSuite,
  state: GroupState,
  bytes: Uint8Array,
  policy: CredentialPolicy,
): Promise<GroupState> {
  const { publicMessage } = decodeMessage(bytes, 'mls_public_message');
  const { keySchedule, groupContext, ratchetTree } = state.unsafeSecrets;
  await received('commit', async () =>
    unprotectPublicMessage(keySchedule.membershipKey, groupContext, ratchetTree, publicMessage, suite),
  );
  const { path } = parseCommit(bytes).content;
  const verdict = path && (await policy.validateCredential(path.certificate, path.signatureKey, 'new'));
  if (verdict?.ok !== true) {
    const reason = verdict?.reason ?? 'This commit has no path.';
    throw new LiaisonError('not-allowed', reason, { check: 'SES-05' });
  }
  return leaveGroup(state.unsafeSecrets);
}

function changeOf(
  before: GroupState,
  after: GroupState,
  facts: {
    readonly purpose: GroupChange;
    readonly commit: ParsedCommitMessage;
    readonly committer: Member;
    readonly removes: readonly Removal[];
  },
): CommitChange {
  const { content, authenticatedData } = facts.commit;
  const removedSelf = after.unsafeSecrets.groupActiveState.kind === 'removedFromGroup';
  const { path } = content;
  const renewed =
    path === undefined || equalBytes(path.certificate, facts.committer.certificate)
      ? {}
      : { renewed: path.certificate };
  return {
    purpose: facts.purpose,
    groupId: groupIdOf(before),
    epoch: epochOf(before),
    committer: facts.committer,
    adds: content.adds.map(({ certificate, signatureKey }) => ({
      leafIndex: leafWithKey(after, signatureKey),
      certificate,
    })),
    removes: facts.removes,
    members: removedSelf ? [] : members(after),
    ...renewed,
    profile: { before: profileOf(before), after: profileOf(after) },
    hubKey: { before: hubKeyOf(before), after: hubKeyOf(after) },
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
