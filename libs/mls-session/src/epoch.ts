import type { GroupState as LibraryState } from 'ts-mls/clientState.js';
import { leavesOf } from '#liaison/mls-framing';
import { LiaisonError, toBase64url } from '#liaison/protocol';
import type { GroupState } from './group-state.js';

/**
 * Our state of what the library returns at the start of an epoch: nothing of past epochs is kept, neither message keys nor
 * private keys of nodes that are blank now; and the keys of all leaves are unlike each other (RFC 9420 section 7.3),
 * which the library does not check of a fresh leaf.
 * @throws LiaisonError `integrity` (SES-07).
 */
export function enterEpoch(library: LibraryState): GroupState {
  requireUnlikeKeys(library);
  return { unsafeSecrets: withoutPast(library) };
}

/** The library spreads its configuration into states; only the fields of a stored state are taken over. */
function withoutPast(library: LibraryState): LibraryState {
  return {
    groupContext: library.groupContext,
    keySchedule: library.keySchedule,
    secretTree: library.secretTree,
    ratchetTree: library.ratchetTree,
    privatePath: { leafIndex: library.privatePath.leafIndex, privateKeys: keysInUse(library) },
    signaturePrivateKey: library.signaturePrivateKey,
    unappliedProposals: library.unappliedProposals,
    confirmationTag: library.confirmationTag,
    historicalReceiverData: new Map(),
    groupActiveState: library.groupActiveState,
  };
}

/** What a removed device keeps: whom the group had, and no secret. */
export function leaveGroup(library: LibraryState): GroupState {
  const none = new Uint8Array();
  const keySchedule = {
    senderDataSecret: none,
    exporterSecret: none,
    externalSecret: none,
    confirmationKey: none,
    membershipKey: none,
    resumptionPsk: none,
    epochAuthenticator: none,
    initSecret: none,
  };
  const privatePath = { leafIndex: library.privatePath.leafIndex, privateKeys: {} };
  const gone = { keySchedule, privatePath, secretTree: [], signaturePrivateKey: none };
  return { unsafeSecrets: { ...withoutPast(library), ...gone, groupActiveState: { kind: 'removedFromGroup' } } };
}

function keysInUse({ privatePath, ratchetTree }: LibraryState): Record<number, Uint8Array> {
  const entries = Object.entries(privatePath.privateKeys);
  return Object.fromEntries(entries.filter(([node]) => ratchetTree[Number(node)] !== undefined));
}

function requireUnlikeKeys({ ratchetTree }: LibraryState): void {
  const leaves = leavesOf(ratchetTree).filter((leaf) => leaf !== null);
  const nodes = ratchetTree.filter((node) => node !== undefined);
  const encryptionKeys = nodes.map((node) => (node.nodeType === 'leaf' ? node.leaf : node.parent).hpkePublicKey);
  if (repeats(leaves.map(({ signatureKey }) => signatureKey)) || repeats(encryptionKeys)) {
    throw new LiaisonError('integrity', 'Two members of this group share a key.', { check: 'SES-07' });
  }
}

function repeats(keys: readonly Uint8Array[]): boolean {
  return new Set(keys.map(toBase64url)).size !== keys.length;
}
