import type { GroupState as LibraryState } from 'ts-mls/clientState.js';
import type { ChannelProfile } from '#liaison/protocol';
import { certificateOf, decodeGroupRules, epochNumber, externalSenderIn, type GroupRules } from '#liaison/mls-framing';
import type { Member } from './policy.js';

/**
 * One device's state of one group in one epoch: all its secrets. Opaque to everybody else; a value, never changed.
 * It holds no keys of past epochs.
 */
export interface GroupState {
  readonly unsafeSecrets: LibraryState;
}

export function groupIdOf(state: GroupState): Uint8Array {
  return state.unsafeSecrets.groupContext.groupId;
}

export function epochOf(state: GroupState): number {
  return epochNumber(state.unsafeSecrets.groupContext.epoch);
}

export function profileOf(state: GroupState): ChannelProfile {
  return rulesOf(state).profile;
}

/** The one external sender: the hub's Ed25519 key. */
export function hubKeyOf(state: GroupState): Uint8Array {
  return externalSenderIn(state.unsafeSecrets.groupContext.extensions);
}

export function rulesOf(state: GroupState): GroupRules {
  return decodeGroupRules(state.unsafeSecrets.groupContext.extensions);
}

/** RFC 9420 section 8.7: equal at all members of an epoch, and only there. Members may compare it out of band. */
export function epochAuthenticator(state: GroupState): Uint8Array {
  return state.unsafeSecrets.keySchedule.epochAuthenticator;
}

export function ownLeafIndex(state: GroupState): number {
  return state.unsafeSecrets.privatePath.leafIndex;
}

/** False once this device has been removed: the state then only tells what the group was. */
export function isMember(state: GroupState): boolean {
  return state.unsafeSecrets.groupActiveState.kind === 'active';
}

/** In the order of leaf indexes. */
export function members(state: GroupState): Member[] {
  return state.unsafeSecrets.ratchetTree.flatMap((node, index) =>
    node?.nodeType === 'leaf' ? [{ leafIndex: index / 2, certificate: certificateOf(node.leaf.credential) }] : [],
  );
}

export function memberAt(state: GroupState, leafIndex: number): Member | undefined {
  const node = state.unsafeSecrets.ratchetTree[leafIndex * 2];
  return node?.nodeType === 'leaf' ? { leafIndex, certificate: certificateOf(node.leaf.credential) } : undefined;
}

/** HPKE key of a member's leaf: fresh with each KeyPackage, and with each commit of the member that has a path. */
export function leafKeyAt(state: GroupState, leafIndex: number): Uint8Array | undefined {
  const node = state.unsafeSecrets.ratchetTree[leafIndex * 2];
  return node?.nodeType === 'leaf' ? node.leaf.hpkePublicKey : undefined;
}

/** Members whose removal the hub has proposed and nobody has committed yet. */
export function proposedRemovals(state: GroupState): Member[] {
  return hubProposals(state).flatMap(({ removes }) => memberAt(state, removes) ?? []);
}

/** The hub's proposals of this epoch, by ProposalRef. */
export function hubProposals(state: GroupState): { readonly reference: Uint8Array; readonly removes: number }[] {
  return Object.entries(state.unsafeSecrets.unappliedProposals).flatMap(([base64, { proposal }]) => {
    const reference = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return 'remove' in proposal ? [{ reference, removes: proposal.remove.removed }] : [];
  });
}
