import { createApplicationMessage } from 'ts-mls/createMessage.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { ValidationError } from 'ts-mls/mlsError.js';
import type { GenerationSecret } from 'ts-mls/secretTree.js';
import { decodeMessage, epochNumber } from '#liaison/mls-framing';
import { LiaisonError, LIMITS } from '#liaison/protocol';
import type { CipherSuite } from './cipher-suite.js';
import { clientConfig, noCredentials } from './client-config.js';
import { received } from './fault.js';
import { memberAt, proposedRemovals, type GroupState } from './group-state.js';
import type { Opened } from './mls.js';
import { requireActive, requireCurrent } from './commit-checks.js';

const CONFIG = clientConfig(noCredentials);

export async function encrypt(
  suite: CipherSuite,
  state: GroupState,
  plaintext: Uint8Array,
  authenticatedData: Uint8Array,
): Promise<{ readonly state: GroupState; readonly message: Uint8Array }> {
  requireActive(state);
  if (proposedRemovals(state).length > 0) {
    throw new LiaisonError(
      'not-allowed',
      'The hub asks to remove a device from this channel: commit that before sending.',
      { check: 'SES-09' },
    );
  }
  const before = { ...state.unsafeSecrets, clientConfig: CONFIG };
  const { newState, privateMessage } = await createApplicationMessage(before, plaintext, suite, authenticatedData);
  const message = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
  if (message.length > LIMITS.mlsMessageBytes) {
    throw new LiaisonError('too-large', `An MLS message has at most ${LIMITS.mlsMessageBytes} bytes.`, {
      check: 'FRM-01',
    });
  }
  return { state: { unsafeSecrets: { ...state.unsafeSecrets, secretTree: newState.secretTree } }, message };
}

/**
 * By the library's inner step rather than `processPrivateMessage`, which hides the sender.
 * @throws LiaisonError `cannot-open` (SES-02, SES-21).
 */
export async function decrypt(suite: CipherSuite, state: GroupState, bytes: Uint8Array): Promise<Opened> {
  const { privateMessage } = decodeMessage(bytes, 'mls_private_message');
  requireCurrent(state, { groupId: privateMessage.groupId, epoch: epochNumber(privateMessage.epoch) });
  if (privateMessage.contentType !== 'application') {
    throw new LiaisonError('malformed', 'Handshake messages of a channel are public.', { check: 'SES-22' });
  }
  const { keySchedule, secretTree, ratchetTree, groupContext } = state.unsafeSecrets;
  const { tree, content } = await received('message', async () =>
    unprotectPrivateMessage(
      keySchedule.senderDataSecret,
      privateMessage,
      secretTree,
      ratchetTree,
      groupContext,
      CONFIG.keyRetentionConfig,
      suite,
    ).catch(unavailableKey),
  );
  const { sender, authenticatedData } = content.content;
  const member = sender.senderType === 'member' ? memberAt(state, sender.leafIndex) : undefined;
  if (member === undefined || content.content.contentType !== 'application') {
    throw new LiaisonError('integrity', 'This message is of nobody in the channel.', { check: 'SES-15' });
  }
  return {
    state: { unsafeSecrets: { ...state.unsafeSecrets, secretTree: tree } },
    plaintext: content.content.applicationData,
    authenticatedData,
    senderLeaf: member.leafIndex,
    senderCertificate: member.certificate,
    generation: consumedGeneration(
      secretTree[member.leafIndex * 2]?.application,
      tree[member.leafIndex * 2]?.application,
    ),
  };
}

/** A key that is used up: the message was opened before, is one's own, or lies too far behind or ahead. */
function unavailableKey(cause: unknown): never {
  if (!(cause instanceof ValidationError)) throw cause;
  throw new LiaisonError(
    'cannot-open',
    'The key of this message is used up: it was opened before, or this device sent it.',
    { check: 'SES-21', cause },
  );
}

/** The library does not say which generation it opened, but the ratchet shows which key is gone. */
function consumedGeneration(before: GenerationSecret | undefined, after: GenerationSecret | undefined): number {
  if (before === undefined || after === undefined) throw new LiaisonError('internal', 'A ratchet is missing.');
  if (after.generation > before.generation) return after.generation - 1;
  return Number(Object.keys(before.unusedGenerations).find((generation) => !(generation in after.unusedGenerations)));
}
