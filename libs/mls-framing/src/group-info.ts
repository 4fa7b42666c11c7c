import { verifyFramedContentSignature } from 'ts-mls/framedContent.js';
import { decodeGroupContext, encodeGroupContext, type GroupContext } from 'ts-mls/groupContext.js';
import { type GroupInfo, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js';
import { createConfirmedHash, createInterimHash } from 'ts-mls/transcriptHash.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { equalBytes, LiaisonError } from '#liaison/protocol';
import { CIPHER_SUITE_NAME, publicCrypto } from './cipher-suite.js';
import { decodeGroupRules, type GroupRules } from './group-extensions.js';
import { epochNumber } from './handshake.js';
import type { Leaf } from './leaf-node.js';
import { decodeMessage } from './mls-message.js';
import { leavesOf, readRatchetTree } from './ratchet-tree.js';

export interface ParsedGroupInfo extends GroupRules {
  readonly groupId: Uint8Array;
  readonly epoch: number;
  /** By leaf index; `null` for a blank leaf; the last is not blank. */
  readonly leaves: readonly (Leaf | null)[];
  /** Leaf index of the member that signed it. */
  readonly signerLeaf: number;
  readonly treeHash: Uint8Array;
  readonly confirmedTranscriptHash: Uint8Array;
  readonly confirmationTag: Uint8Array;
  /** The encoded GroupContext (RFC 9420 section 8.1): what members sign their commits over. */
  readonly groupContext: Uint8Array;
}

/** What has to be known of an epoch to check the commit that ends it. */
export type EpochFacts = Pick<ParsedGroupInfo, 'groupContext' | 'confirmationTag' | 'leaves'>;

/** Reads without verifying. @throws LiaisonError `too-large`, `malformed` (FRM-01 to 09, 20, 21). */
export function parseGroupInfo(bytes: Uint8Array): ParsedGroupInfo {
  return readGroupInfo(decodeMessage(bytes, 'mls_group_info').groupInfo);
}

/**
 * {@link parseGroupInfo}, then: the tree hash is that of the tree, and the signature is the signer's. Whether the signer
 * and the other members are who they should be is the caller's to check.
 * @throws LiaisonError `malformed`, `integrity` (FRM-22), `bad-signature` (FRM-23).
 */
export async function verifyGroupInfo(bytes: Uint8Array): Promise<ParsedGroupInfo> {
  const { groupInfo } = decodeMessage(bytes, 'mls_group_info');
  const parsed = readGroupInfo(groupInfo);
  const { hash, signature } = await publicCrypto();
  if (!equalBytes(await treeHashRoot(readRatchetTree(groupInfo), hash), parsed.treeHash)) {
    throw new LiaisonError('integrity', 'The tree of this GroupInfo does not match its hash.', { check: 'FRM-22' });
  }
  const signer = parsed.leaves[parsed.signerLeaf];
  if (!signer || !(await verifyGroupInfoSignature(groupInfo, signer.signatureKey, signature))) {
    throw new LiaisonError('bad-signature', 'The signature of this GroupInfo does not verify.', { check: 'FRM-23' });
  }
  return parsed;
}

/**
 * That the sender of a commit signed it, for the epoch whose facts are given (RFC 9420 section 6.1). The membership tag
 * and the confirmation tag need secrets: only members check those.
 * @throws LiaisonError `malformed`, `bad-signature` (FRM-24).
 */
export async function verifyCommitSignature(commit: Uint8Array, before: EpochFacts): Promise<void> {
  const { content, auth } = decodeMessage(commit, 'mls_public_message').publicMessage;
  const path = content.contentType === 'commit' ? content.commit.path : undefined;
  const key =
    content.sender.senderType === 'member'
      ? before.leaves[content.sender.leafIndex]?.signatureKey
      : path?.leafNode.signaturePublicKey;
  const { signature } = await publicCrypto();
  const context = contextOf(before.groupContext);
  const signed =
    key !== undefined &&
    (await verifyFramedContentSignature(key, 'mls_public_message', content, auth, context, signature));
  if (!signed)
    throw new LiaisonError('bad-signature', 'The signature of this commit is not its sender’s.', { check: 'FRM-24' });
}

/**
 * That a GroupInfo is of the epoch which a commit makes: next epoch, same group, transcript hash over the commit, the
 * commit's confirmation tag (RFC 9420 section 8.2). So nobody can leave a GroupInfo behind that locks others out.
 * @throws LiaisonError `malformed`, `integrity` (FRM-25).
 */
export async function verifyGroupInfoFollows(
  commit: Uint8Array,
  before: EpochFacts,
  after: ParsedGroupInfo,
): Promise<void> {
  const { content, auth } = decodeMessage(commit, 'mls_public_message').publicMessage;
  const context = contextOf(before.groupContext);
  const { hash } = await publicCrypto();
  if (content.contentType !== 'commit' || auth.contentType !== 'commit') throw notNext();
  const interim = await createInterimHash(context.confirmedTranscriptHash, before.confirmationTag, hash);
  const confirmed = await createConfirmedHash(
    interim,
    { wireformat: 'mls_public_message', content, signature: auth.signature },
    hash,
  );
  const follows =
    BigInt(after.epoch) === content.epoch + 1n &&
    content.epoch === context.epoch &&
    equalBytes(after.groupId, context.groupId) &&
    equalBytes(after.confirmedTranscriptHash, confirmed) &&
    equalBytes(after.confirmationTag, auth.confirmationTag);
  if (!follows) throw notNext();
}

function notNext(): LiaisonError {
  return new LiaisonError('integrity', 'This GroupInfo is not of the epoch that the commit makes.', {
    check: 'FRM-25',
  });
}

function contextOf(groupContext: Uint8Array): GroupContext {
  const decoded = decodeGroupContext(groupContext, 0);
  if (decoded === undefined) throw new LiaisonError('internal', 'A stored GroupContext cannot be read.');
  return decoded[0];
}

function readGroupInfo(groupInfo: GroupInfo): ParsedGroupInfo {
  const { groupContext: context, extensions, signer, confirmationTag } = groupInfo;
  if (context.cipherSuite !== CIPHER_SUITE_NAME) {
    throw new LiaisonError('malformed', 'This group uses another cipher suite.', { check: 'FRM-09' });
  }
  const [externalPub, ratchetTree, ...others] = extensions;
  if (
    externalPub?.extensionType !== 'external_pub' ||
    ratchetTree?.extensionType !== 'ratchet_tree' ||
    others.length > 0
  ) {
    throw new LiaisonError('malformed', 'A GroupInfo has two extensions: external_pub, then ratchet_tree.', {
      check: 'FRM-20',
    });
  }
  const leaves = leavesOf(readRatchetTree(groupInfo));
  if (!leaves[signer] || externalPub.extensionData.length !== 32) {
    throw new LiaisonError('malformed', 'The signer or the external key of this GroupInfo is impossible.', {
      check: 'FRM-20',
    });
  }
  return {
    groupId: context.groupId,
    epoch: epochNumber(context.epoch),
    ...decodeGroupRules(context.extensions),
    leaves,
    signerLeaf: signer,
    treeHash: context.treeHash,
    confirmedTranscriptHash: context.confirmedTranscriptHash,
    confirmationTag,
    groupContext: encodeGroupContext(context),
  };
}
