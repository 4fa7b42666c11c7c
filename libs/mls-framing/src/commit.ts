import type { Commit } from 'ts-mls/commit.js';
import { encodeMlsMessage } from 'ts-mls/message.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { LiaisonError, toBase64url } from '#liaison/protocol';
import { decodeGroupRules, type GroupRules } from './group-extensions.js';
import { readKeyPackage } from './key-package.js';
import { readLeaf, type Leaf } from './leaf-node.js';

export interface Addition extends Leaf {
  /** MLSMessage, ready for `validateKeyPackage`. */
  readonly keyPackage: Uint8Array;
}

/**
 * A commit does one thing: add members, remove them, change the rules (the profile, or the hub's key), update the committer's keys, or re-join.
 * `remove` covers removals by value (`removes`) and the hub's proposals by reference (`references`).
 */
export type CommitPurpose = 'add' | 'remove' | 'profile' | 'update' | 'rejoin';

export interface ParsedCommit {
  readonly kind: 'commit';
  readonly purpose: CommitPurpose;
  readonly adds: readonly Addition[];
  /** Leaf indexes, without those that are only referred to. With `rejoin`: the one leaf that is replaced. */
  readonly removes: readonly number[];
  /** ProposalRefs of the hub's proposals, base64url. */
  readonly references: readonly string[];
  /** With `profile` only; what of it is another, `groupChange` tells. */
  readonly rules?: GroupRules;
  /** The committer's new leaf. Its certificate may be a renewed one. Absent with `add`. */
  readonly path?: Leaf;
}

interface Sorted {
  readonly adds: Addition[];
  readonly removes: number[];
  readonly references: string[];
  readonly rules: GroupRules[];
  externalInits: number;
}

/** @throws LiaisonError `malformed` (FRM-16, FRM-17, FRM-18, and the checks of the parts). */
export function readCommit(commit: Commit, sender: 'member' | 'new-member-commit'): ParsedCommit {
  const sorted = sortProposals(commit);
  const {
    adds,
    removes,
    references,
    rules: [rules],
  } = sorted;
  const purpose = purposeOf(sorted, sender);
  if (purpose !== 'add' && commit.path === undefined) {
    throw new LiaisonError('malformed', 'A commit that does more than add needs an update path.', { check: 'FRM-18' });
  }
  if (hasDuplicates(removes) || hasDuplicates(references)) {
    throw new LiaisonError('malformed', 'A commit names each removal once.', { check: 'FRM-17' });
  }
  return {
    kind: 'commit',
    purpose,
    adds,
    removes,
    references,
    ...(rules === undefined ? {} : { rules }),
    ...(commit.path === undefined ? {} : { path: readLeaf(commit.path.leafNode) }),
  };
}

function sortProposals(commit: Commit): Sorted {
  const sorted: Sorted = { adds: [], removes: [], references: [], rules: [], externalInits: 0 };
  for (const item of commit.proposals) {
    if (item.proposalOrRefType === 'reference') sorted.references.push(toBase64url(item.reference));
    else sortByValue(item.proposal, sorted);
  }
  return sorted;
}

function sortByValue(proposal: Proposal, sorted: Sorted): void {
  if ('add' in proposal) {
    const keyPackage = encodeMlsMessage({
      version: 'mls10',
      wireformat: 'mls_key_package',
      keyPackage: proposal.add.keyPackage,
    });
    const { certificate, signatureKey, encryptionKey } = readKeyPackage(proposal.add.keyPackage);
    sorted.adds.push({ keyPackage, certificate, signatureKey, encryptionKey });
  } else if ('remove' in proposal) sorted.removes.push(proposal.remove.removed);
  else if ('groupContextExtensions' in proposal)
    sorted.rules.push(decodeGroupRules(proposal.groupContextExtensions.extensions));
  else if ('externalInit' in proposal) sorted.externalInits += 1;
  else
    throw new LiaisonError('malformed', 'A channel uses no Update, PSK, ReInit or private proposals.', {
      check: 'FRM-16',
    });
}

function purposeOf(sorted: Sorted, sender: 'member' | 'new-member-commit'): CommitPurpose {
  const removals = sorted.removes.length + sorted.references.length;
  const kinds = [sorted.adds.length, removals, sorted.rules.length, sorted.externalInits].map((count) => count > 0);
  const [adds, removes, rules, joins] = kinds;
  const together = kinds.filter(Boolean).length;
  if (sender === 'new-member-commit') {
    if (
      joins &&
      removes &&
      together === 2 &&
      sorted.externalInits === 1 &&
      sorted.removes.length === 1 &&
      removals === 1
    )
      return 'rejoin';
    throw new LiaisonError('malformed', 'An external commit re-joins: it replaces one leaf and does nothing else.', {
      check: 'FRM-17',
    });
  }
  if (joins || together > 1 || sorted.rules.length > 1) {
    throw new LiaisonError('malformed', 'Adds, removals and changes of the rules travel in separate commits.', {
      check: 'FRM-17',
    });
  }
  if (adds) return 'add';
  if (removes) return 'remove';
  return rules ? 'profile' : 'update';
}

function hasDuplicates(values: readonly (string | number)[]): boolean {
  return new Set(values).size !== values.length;
}
