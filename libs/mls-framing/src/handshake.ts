import type { FramedContent } from 'ts-mls/framedContent.js';
import { LiaisonError } from '#liaison/protocol';
import { readCommit, type ParsedCommit } from './commit.js';
import { decodeMessage } from './mls-message.js';
import { readProposal, type ParsedProposal } from './proposal.js';

export type HandshakeSender =
  | { readonly kind: 'member'; readonly leafIndex: number }
  /** `index` into `external_senders`: 0 is the hub. */
  | { readonly kind: 'external'; readonly index: number }
  | { readonly kind: 'new-member-commit' };

interface HandshakeFrame {
  readonly groupId: Uint8Array;
  /** The epoch it starts from. */
  readonly epoch: number;
  readonly authenticatedData: Uint8Array;
  readonly sender: HandshakeSender;
}

export interface ParsedHandshake extends HandshakeFrame {
  readonly content: ParsedCommit | ParsedProposal;
}

export interface ParsedCommitMessage extends HandshakeFrame {
  readonly content: ParsedCommit;
}

/**
 * A PublicMessage with a commit or a proposal of the kinds that a channel uses. Nothing is verified here.
 * @throws LiaisonError `too-large`, `malformed` (FRM-01, 02, 03 to 11, 15 to 19).
 */
export function parseHandshake(bytes: Uint8Array): ParsedHandshake {
  const { content } = decodeMessage(bytes, 'mls_public_message').publicMessage;
  const sender = senderOf(content);
  const frame = {
    groupId: content.groupId,
    epoch: epochNumber(content.epoch),
    authenticatedData: content.authenticatedData,
    sender,
  };
  if (content.contentType === 'proposal') return { ...frame, content: readProposal(content) };
  if (content.contentType === 'commit' && sender.kind !== 'external') {
    return { ...frame, content: readCommit(content.commit, sender.kind) };
  }
  throw new LiaisonError('malformed', 'A handshake message is a commit of a member or a proposal of the hub.', {
    check: 'FRM-19',
  });
}

/** {@link parseHandshake} for commits alone. */
export function parseCommit(bytes: Uint8Array): ParsedCommitMessage {
  const { content, ...frame } = parseHandshake(bytes);
  if (content.kind !== 'commit')
    throw new LiaisonError('malformed', 'A commit is expected here, not a proposal.', { check: 'FRM-19' });
  return { ...frame, content };
}

/**
 * The confirmation tag of a commit (RFC 9420 section 8.1): that of the epoch which it makes, and so of its GroupInfo.
 * @throws LiaisonError `too-large`, `malformed` (FRM-01, 02, 19).
 */
export function confirmationTagOf(commit: Uint8Array): Uint8Array {
  const { auth } = decodeMessage(commit, 'mls_public_message').publicMessage;
  if (auth.contentType === 'commit') return auth.confirmationTag;
  throw new LiaisonError('malformed', 'A commit is expected here, not a proposal.', { check: 'FRM-19' });
}

/** Epochs are counted in JavaScript numbers. @throws LiaisonError `malformed` (FRM-19) beyond 2^53 - 1. */
export function epochNumber(epoch: bigint): number {
  if (epoch > BigInt(Number.MAX_SAFE_INTEGER))
    throw new LiaisonError('malformed', 'This epoch is impossible.', { check: 'FRM-19' });
  return Number(epoch);
}

function senderOf({ sender }: FramedContent): HandshakeSender {
  switch (sender.senderType) {
    case 'member':
      return { kind: 'member', leafIndex: sender.leafIndex };
    case 'external':
      return { kind: 'external', index: sender.senderIndex };
    case 'new_member_commit':
      return { kind: 'new-member-commit' };
    case 'new_member_proposal':
      throw new LiaisonError('malformed', 'Nobody proposes to join a channel.', { check: 'FRM-19' });
  }
}
