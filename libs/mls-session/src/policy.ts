import type { GroupChange } from '#liaison/mls-framing';
import type { ChannelProfile } from '#liaison/protocol';

/** What a check of the caller answers. `reason` is plain words: it becomes the message of the error. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * `new`: the certificate enters the group now (addition, re-join, renewal, any fresh leaf of a committer): it must be valid today.
 * `existing`: it belongs to a member whom a joiner finds in the group: tolerate one that has expired, never one that is revoked,
 * or one expired member would lock every joiner out.
 */
export type Standing = 'new' | 'existing';

/** The Authentication Service of RFC 9420 section 5.3.1. Each function may be asked the same question more than once. */
export interface CredentialPolicy {
  /** Chain to the pinned roster, revocation, validity; and that `signatureKey` is the key that the certificate certifies. */
  validateCredential(certificate: Uint8Array, signatureKey: Uint8Array, standing: Standing): Promise<Verdict> | Verdict;
  /** The device address in the certificate, valid or not: what makes two certificates one client. Throws where there is none. */
  readonly deviceOf: (certificate: Uint8Array) => string;
}

export interface CommitPolicy extends CredentialPolicy {
  /** Roles, clearance, releasability, the hub's key: whether this committer may do this. Asked once the commit has been authenticated. */
  authorize(change: CommitChange): Promise<Verdict> | Verdict;
}

export interface Member {
  readonly leafIndex: number;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** What a commit changed, as all members see it. */
export interface CommitChange {
  readonly purpose: GroupChange;
  readonly groupId: Uint8Array;
  /** The epoch that the commit ends; the state after it is of the next one. */
  readonly epoch: number;
  /** Leaf and certificate before the commit. A re-join may land on another leaf: the leftmost blank one. */
  readonly committer: Member;
  readonly adds: readonly Member[];
  /** Members before the commit. With `rejoin`: the committer's own lost leaf. */
  readonly removes: readonly (Member & { readonly proposedBy: 'committer' | 'hub' })[];
  /** Members after the commit. */
  readonly members: readonly Member[];
  /** The committer's certificate after the commit, when it is another: a renewal. */
  readonly renewed?: Uint8Array;
  readonly profile: { readonly before: ChannelProfile; readonly after: ChannelProfile };
  /** The external sender, which is another with `hub-key` only. */
  readonly hubKey: { readonly before: Uint8Array; readonly after: Uint8Array };
  readonly authenticatedData: Uint8Array;
  /** True where this device is among the removed: the state returned opens and sends nothing more. */
  readonly removedSelf: boolean;
}
