export {
  epochAuthenticator,
  epochOf,
  groupIdOf,
  hubKeyOf,
  isMember,
  leafKeyAt,
  memberAt,
  members,
  ownLeafIndex,
  profileOf,
  proposedRemovals,
  type GroupState,
} from './group-state.js';
export type {
  AddOptions,
  CommitOptions,
  Mls,
  NewKeyPackage,
  Opened,
  PendingAdd,
  PendingCommit,
  Signer,
} from './mls.js';
export type { CommitChange, CommitPolicy, CredentialPolicy, Member, Standing, Verdict } from './policy.js';
export { loadMls } from './load.js';
export { forgetProposals } from './process-proposal.js';
export { deserializeState, LIBRARY_VERSION, serializeState } from './stored-state.js';
