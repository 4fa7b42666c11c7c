import { makeProposalRef } from 'ts-mls/authenticatedContent.js';
import { signWithLabel } from 'ts-mls/crypto/signature.js';
import { encodeFramedContentTBS, type FramedContent } from 'ts-mls/framedContent.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import type { PublicMessage } from 'ts-mls/publicMessage.js';
import { LiaisonError, toBase64url } from '#liaison/protocol';
import { publicCrypto } from './cipher-suite.js';
import { decodeMessage } from './mls-message.js';

export interface Removal {
  readonly groupId: Uint8Array;
  /** The current epoch: a proposal holds for one epoch only. */
  readonly epoch: number;
  readonly leafIndex: number;
  /** What the member says, where it leaves of its own accord. */
  readonly authenticatedData?: Uint8Array;
}

/** The hub's proposal to remove a member: the only proposal that travels on its own. */
export interface ParsedProposal {
  readonly kind: 'proposal';
  readonly removes: number;
}

/**
 * An external Remove proposal (RFC 9420 section 12.1.8) as PublicMessage.
 * @param sign Ed25519 signature with the key that `external_senders` names, over the bytes given.
 */
export async function proposeRemoval(
  removal: Removal,
  sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array> {
  const content: FramedContent = {
    groupId: removal.groupId,
    epoch: BigInt(removal.epoch),
    sender: { senderType: 'external', senderIndex: 0 },
    authenticatedData: removal.authenticatedData ?? new Uint8Array(),
    contentType: 'proposal',
    proposal: { proposalType: 'remove', remove: { removed: removal.leafIndex } },
  };
  const tbs = encodeFramedContentTBS({
    protocolVersion: 'mls10',
    wireformat: 'mls_public_message',
    content,
    senderType: 'external',
  });
  const { signature } = await publicCrypto();
  const signed = await signWithLabel(new Uint8Array(), 'FramedContentTBS', tbs, {
    ...signature,
    sign: async (_key, message) => sign(message),
  });
  const publicMessage: PublicMessage = {
    content,
    auth: { contentType: 'proposal', signature: signed },
    senderType: 'external',
  };
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage });
}

/** ProposalRef (RFC 9420 section 5.2), base64url: how a commit names a proposal sent before it. */
export async function proposalReference(bytes: Uint8Array): Promise<string> {
  const { content, auth } = decodeMessage(bytes, 'mls_public_message').publicMessage;
  const { hash } = await publicCrypto();
  return toBase64url(await makeProposalRef({ wireformat: 'mls_public_message', content, auth }, hash));
}

/** @throws LiaisonError `malformed` (FRM-15) for a proposal of any other kind or sender. */
export function readProposal(content: FramedContent & { contentType: 'proposal' }): ParsedProposal {
  const { sender, proposal } = content;
  const fromHub = sender.senderType === 'external' && sender.senderIndex === 0;
  if (!fromHub || !('remove' in proposal)) {
    throw new LiaisonError('malformed', 'The only proposal sent by itself is the hub’s, to remove a member.', {
      check: 'FRM-15',
    });
  }
  return { kind: 'proposal', removes: proposal.remove.removed };
}
