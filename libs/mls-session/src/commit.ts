import type { ClientConfig } from 'ts-mls/clientConfig.js';
import { applyProposals, type ApplyProposalsResult, nextEpochContext } from 'ts-mls/clientState.js';
import { createConfirmationTag, createContentCommitSignature, type FramedContentCommit } from 'ts-mls/framedContent.js';
import type { GroupContext } from 'ts-mls/groupContext.js';
import type { KeyPackage } from 'ts-mls/keyPackage.js';
import { initializeEpoch } from 'ts-mls/keySchedule.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import { protectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import { getCommitSecret, pathToPathSecrets } from 'ts-mls/pathSecrets.js';
import { mergePrivateKeyPaths, type PrivateKeyPath, toPrivateKeyPath, updateLeafKey } from 'ts-mls/privateKeyPath.js';
import type { Proposal } from 'ts-mls/proposal.js';
import type { ProposalOrRef } from 'ts-mls/proposalOrRefType.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { createSecretTree } from 'ts-mls/secretTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { leafWidth, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { createUpdatePath, type PathSecret, type UpdatePath } from 'ts-mls/updatePath.js';
import { LiaisonError } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import { clientConfig } from './client-config.js';
import { enterEpoch } from './epoch.js';
import type { GroupState } from './group-state.js';
import type { ExpandedSigner } from './key-package.js';

/** What a commit is made of. A commit of additions has no path; every other has one (RFC 9420 section 12.4). */
export interface CommitPlan {
  readonly proposals: readonly ProposalOrRef[];
  readonly withPath: boolean;
  readonly authService: ClientConfig['authService'];
  readonly authenticatedData: Uint8Array;
  /** The certificate and key that the path's leaf takes. */
  readonly renewal?: ExpandedSigner;
}

export interface BuiltCommit {
  readonly pending: GroupState;
  readonly commit: Uint8Array;
  /** By leaf index. */
  readonly added: readonly (readonly [leafIndex: number, keyPackage: KeyPackage])[];
  readonly joinerSecret: Uint8Array;
  readonly welcomeSecret: Uint8Array;
}

export const byValue = (proposal: Proposal): ProposalOrRef => ({ proposalOrRefType: 'proposal', proposal });

/** The path of a commit and what it makes of tree and keys. */
interface Path {
  readonly tree: RatchetTree;
  readonly updatePath: UpdatePath | undefined;
  readonly privatePath: PrivateKeyPath;
  readonly commitSecret: Uint8Array;
}

/**
 * A commit by RFC 9420 section 12.4.1, from the parts of the library. Its own `createCommit` is not used because it cannot
 * give the committer another certificate, leaves out the path of extension changes, takes the time from the system clock,
 * and encrypts a GroupInfo for nobody when nobody is added.
 */
export async function buildCommit(suite: CipherSuite, state: GroupState, plan: CommitPlan): Promise<BuiltCommit> {
  const before = { ...state.unsafeSecrets, clientConfig: clientConfig(plan.authService) };
  const own = toLeafIndex(before.privatePath.leafIndex);
  const applied = await applyProposals(before, [...plan.proposals], own, emptyPskIndex, false, suite);
  const { addedLeafNodes, extensions } = memberCommit(applied);
  const context = extensions.length > 0 ? { ...before.groupContext, extensions } : before.groupContext;
  const path = plan.withPath
    ? await buildPath(suite, state, { tree: applied.tree, context, renewal: plan.renewal })
    : { tree: applied.tree, updatePath: undefined, privatePath: before.privatePath, commitSecret: zeros(suite) };

  const commit = { proposals: [...plan.proposals], path: path.updatePath };
  const { framedContent, signature } = await createContentCommitSignature(
    before.groupContext,
    'mls_public_message',
    commit,
    { senderType: 'member', leafIndex: own },
    plan.authenticatedData,
    before.signaturePrivateKey,
    suite.signature,
  );
  const next = await nextEpoch(suite, state, { framedContent, signature, context, path, applied });
  const auth = { contentType: 'commit' as const, signature, confirmationTag: next.confirmationTag };
  const content = { wireformat: 'mls_public_message' as const, content: framedContent, auth };
  const message = await protectPublicMessage(before.keySchedule.membershipKey, before.groupContext, content, suite);
  const pending = enterEpoch({
    ...state.unsafeSecrets,
    ...next.state,
    confirmationTag: next.confirmationTag,
    signaturePrivateKey: plan.renewal?.signKey ?? before.signaturePrivateKey,
  });
  return {
    pending,
    commit: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage: message }),
    added: addedLeafNodes,
    joinerSecret: next.joinerSecret,
    welcomeSecret: next.welcomeSecret,
  };
}

function memberCommit(
  applied: ApplyProposalsResult,
): Extract<ApplyProposalsResult['additionalResult'], { kind: 'memberCommit' }> {
  if (applied.additionalResult.kind !== 'memberCommit') throw new LiaisonError('internal', 'Not a commit of a member.');
  return applied.additionalResult;
}

async function buildPath(
  suite: CipherSuite,
  { unsafeSecrets: before }: GroupState,
  start: { tree: RatchetTree; context: GroupContext; renewal: ExpandedSigner | undefined },
): Promise<Path> {
  const own = toLeafIndex(before.privatePath.leafIndex);
  const tree = start.renewal ? withRenewedLeaf(start.tree, own, start.renewal) : start.tree;
  const signKey = start.renewal?.signKey ?? before.signaturePrivateKey;
  const [pathTree, updatePath, pathSecrets, leafKey] = await createUpdatePath(tree, own, start.context, signKey, suite);
  const withLeafKey = updateLeafKey(before.privatePath, await suite.hpke.exportPrivateKey(leafKey));
  const onPath = await toPrivateKeyPath(pathToPathSecrets(pathSecrets), own, suite);
  return {
    tree: pathTree,
    updatePath,
    privatePath: mergePrivateKeyPaths(withLeafKey, onPath),
    commitSecret: await commitSecretOf(suite, pathTree, pathSecrets.at(-1)),
  };
}

/** The path's leaf copies credential and key of the leaf it replaces, so a renewal is put there first. */
function withRenewedLeaf(
  tree: RatchetTree,
  leafIndex: number,
  { certificate, publicKey }: ExpandedSigner,
): RatchetTree {
  const node = tree[leafIndex * 2];
  if (node?.nodeType !== 'leaf') throw new LiaisonError('internal', 'The committer has no leaf.');
  const leaf = {
    ...node.leaf,
    credential: { credentialType: 'x509' as const, certificates: [certificate] },
    signaturePublicKey: publicKey,
  };
  return tree.with(leafIndex * 2, { nodeType: 'leaf', leaf });
}

/** A path without nodes belongs to a group of one: nobody else could derive a secret from it. */
async function commitSecretOf(
  suite: CipherSuite,
  tree: RatchetTree,
  last: PathSecret | undefined,
): Promise<Uint8Array> {
  return last === undefined ? zeros(suite) : getCommitSecret(tree, toNodeIndex(last.nodeIndex), last.secret, suite.kdf);
}

/** RFC 9420 section 8: transcript hash, key schedule, confirmation tag and secret tree of the epoch that the commit makes. */
async function nextEpoch(
  suite: CipherSuite,
  { unsafeSecrets: before }: GroupState,
  made: {
    framedContent: FramedContentCommit;
    signature: Uint8Array;
    context: GroupContext;
    path: Path;
    applied: ApplyProposalsResult;
  },
) {
  const { tree, commitSecret, privatePath } = made.path;
  const groupContext = await nextEpochContext(
    made.context,
    'mls_public_message',
    made.framedContent,
    made.signature,
    await treeHashRoot(tree, suite.hash),
    before.confirmationTag,
    suite.hash,
  );
  const { initSecret } = before.keySchedule;
  const secrets = await initializeEpoch(initSecret, commitSecret, groupContext, made.applied.pskSecret, suite.kdf);
  const secretTree = await createSecretTree(leafWidth(tree.length), secrets.encryptionSecret, suite.kdf);
  const { keySchedule, joinerSecret, welcomeSecret } = secrets;
  const { confirmedTranscriptHash } = groupContext;
  return {
    joinerSecret,
    welcomeSecret,
    confirmationTag: await createConfirmationTag(keySchedule.confirmationKey, confirmedTranscriptHash, suite.hash),
    state: { groupContext, keySchedule, secretTree, ratchetTree: tree, privatePath, unappliedProposals: {} },
  };
}

function zeros(suite: CipherSuite): Uint8Array {
  return new Uint8Array(suite.kdf.size);
}
