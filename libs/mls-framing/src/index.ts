export { CHANNEL_PROFILE_EXTENSION, decodeChannelProfile, encodeChannelProfile } from './channel-profile-extension.js';
export { CIPHER_SUITE, CIPHER_SUITE_NAME } from './cipher-suite.js';
export type { Addition, CommitPurpose, ParsedCommit } from './commit.js';
export { decodeExternalSenders, encodeExternalSenders } from './external-senders.js';
export { groupChange, type GroupChange } from './group-change.js';
export { decodeGroupRules, encodeGroupRules, externalSenderIn, type GroupRules } from './group-extensions.js';
export {
  parseGroupInfo,
  verifyCommitSignature,
  verifyGroupInfo,
  verifyGroupInfoFollows,
  type EpochFacts,
  type ParsedGroupInfo,
} from './group-info.js';
export {
  confirmationTagOf,
  epochNumber,
  parseCommit,
  parseHandshake,
  type HandshakeSender,
  type ParsedCommitMessage,
  type ParsedHandshake,
} from './handshake.js';
export {
  parseKeyPackage,
  validateKeyPackage,
  type Lifetime,
  type ParsedKeyPackage,
  type ValidKeyPackage,
} from './key-package.js';
export { certificateOf, LAST_RESORT_EXTENSION, LEAF_CAPABILITIES, readLeaf, type Leaf } from './leaf-node.js';
export { applyToLeaves, type Leaves, type LeavesChange } from './leaves.js';
export { decodeMessage } from './mls-message.js';
export { parsePrivateMessage, type ParsedPrivateMessage } from './private-message.js';
export { proposalReference, proposeRemoval, type ParsedProposal, type Removal } from './proposal.js';
export { leavesOf, readRatchetTree } from './ratchet-tree.js';
export { parseWelcome, type ParsedWelcome } from './welcome.js';
