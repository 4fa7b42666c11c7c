import type { ChannelProfile } from '#liaison/protocol';
import type { Lifetime } from '#liaison/mls-framing';
import type { CommitChange, CommitPolicy, CredentialPolicy, Member } from './policy.js';
import type { GroupState } from './group-state.js';

/** A device's identity in MLS: its certificate (DER) and the 32-byte Ed25519 seed of the key that it certifies. */
export interface Signer {
  readonly certificate: Uint8Array;
  readonly signingSeed: Uint8Array;
}

export interface NewKeyPackage {
  /** MLSMessage; for the hub. */
  readonly keyPackage: Uint8Array;
  /** KeyPackageRef, base64url: what a Welcome names. */
  readonly reference: string;
  /** Init key and leaf key, to be kept under seal until the Welcome comes, then deleted (but those of a last resort). */
  readonly secrets: Uint8Array;
}

/** A commit that the hub has not accepted yet. Keep the old state; when the hub accepts, go on with `pending`; else drop it. */
export interface PendingCommit {
  readonly pending: GroupState;
  /** PublicMessage. */
  readonly commit: Uint8Array;
  /** Signed, with `external_pub` and `ratchet_tree`, of the epoch that the commit makes. */
  readonly groupInfo: Uint8Array;
}

export interface PendingAdd extends PendingCommit {
  /** For all the new members at once; holds the GroupInfo. */
  readonly welcome: Uint8Array;
}

export interface CommitOptions {
  /** Bytes that the hub and every member can read and that the committer's signature covers. */
  readonly authenticatedData?: Uint8Array;
}

export interface ProcessedProposal {
  readonly state: GroupState;
  readonly removes: Member;
  /** What the hub's signature covers beside: empty, or what the member says that leaves. */
  readonly authenticatedData: Uint8Array;
}

export interface AddOptions extends CommitOptions {
  /** Milliseconds since 1970: the lifetimes of the KeyPackages must hold now. */
  readonly at: number;
}

export interface Opened {
  readonly state: GroupState;
  readonly plaintext: Uint8Array;
  readonly authenticatedData: Uint8Array;
  readonly senderLeaf: number;
  readonly senderCertificate: Uint8Array;
  /** The sender's count of messages in this epoch; never twice the same. */
  readonly generation: number;
}

/**
 * MLS (RFC 9420) for one device: state in, new state out, no I/O. A state passed in is never changed, so a step that fails
 * or that the hub refuses costs nothing. **A state that has encrypted must not be used to encrypt again**: persist the new one
 * before the message leaves.
 *
 * Errors: `malformed` and `too-large` for input that is not MLS of ours; `bad-signature` where a signature, tag or hash
 * fails; `stale-epoch` for another epoch than the state's; `not-allowed` where a policy refuses (the message is its reason);
 * `cannot-open` for what these keys cannot decrypt; `usage` for a call that cannot be right; `integrity` where a
 * member or the hub breaks the protocol. None changes the state.
 */
export interface Mls {
  createKeyPackage(
    input: Signer & { readonly lifetime: Lifetime; readonly lastResort: boolean },
  ): Promise<NewKeyPackage>;

  /** A group of one member, at epoch 0, with the GroupInfo for the hub. */
  createGroup(
    input: Signer & {
      readonly groupId: Uint8Array;
      readonly profile: ChannelProfile;
      readonly externalSenderKey: Uint8Array;
    },
  ): Promise<{ readonly state: GroupState; readonly groupInfo: Uint8Array }>;

  /** @param keyPackages MLSMessages, one for each new device. */
  commitAdd(
    state: GroupState,
    keyPackages: readonly Uint8Array[],
    policy: CredentialPolicy,
    options: AddOptions,
  ): Promise<PendingAdd>;
  /** Where the hub has proposed one of these removals, by reference. Its other proposals are left out, and end with the epoch. */
  commitRemove(state: GroupState, leafIndexes: readonly number[], options?: CommitOptions): Promise<PendingCommit>;
  /** Fresh keys for the own leaf, and with `renewal` another certificate or signing key of the same device. */
  commitUpdate(state: GroupState, options?: CommitOptions & { readonly renewal?: Signer }): Promise<PendingCommit>;
  commitProfile(state: GroupState, profile: ChannelProfile, options?: CommitOptions): Promise<PendingCommit>;
  /** Another key of the hub, and nothing else. */
  commitHubKey(state: GroupState, hubKey: Uint8Array, options?: CommitOptions): Promise<PendingCommit>;
  /** Commits, by reference, all the hub's proposals that `processProposal` has taken in. */
  commitProposals(state: GroupState, options?: CommitOptions): Promise<PendingCommit>;

  /** Another member's commit, or a device's own re-join seen by others. One's own commits are not processed: take `pending`. */
  processCommit(
    state: GroupState,
    commit: Uint8Array,
    policy: CommitPolicy,
  ): Promise<{ readonly state: GroupState; readonly change: CommitChange }>;
  /** The hub's proposal to remove a member. Until it is committed the state encrypts nothing. */
  processProposal(state: GroupState, proposal: Uint8Array): Promise<ProcessedProposal>;

  /** @throws LiaisonError `cannot-open` where the Welcome is not for this KeyPackage. */
  join(input: {
    readonly welcome: Uint8Array;
    readonly keyPackage: Uint8Array;
    readonly secrets: Uint8Array;
    readonly signingSeed: Uint8Array;
    /** The hub's keys by the pinned roster, those too that it had before: the group must name one of them. */
    readonly hubKeys: readonly Uint8Array[];
    readonly policy: CredentialPolicy;
  }): Promise<GroupState>;

  /** An external commit by which a device that lost its state replaces its own leaf. */
  rejoin(
    input: Signer & {
      readonly groupInfo: Uint8Array;
      readonly hubKeys: readonly Uint8Array[];
      readonly policy: CredentialPolicy;
      readonly authenticatedData?: Uint8Array;
    },
  ): Promise<PendingCommit>;

  /** An application message. At most {@link LIMITS.mlsMessageBytes} when encoded. */
  encrypt(
    state: GroupState,
    plaintext: Uint8Array,
    authenticatedData: Uint8Array,
  ): Promise<{ readonly state: GroupState; readonly message: Uint8Array }>;
  decrypt(state: GroupState, message: Uint8Array): Promise<Opened>;

  /** A signed GroupInfo of the current epoch, for the hub to keep. */
  groupInfo(state: GroupState): Promise<Uint8Array>;
  /** RFC 9420 section 8.5. */
  exportSecret(state: GroupState, label: string, context: Uint8Array, length: number): Promise<Uint8Array>;
}
