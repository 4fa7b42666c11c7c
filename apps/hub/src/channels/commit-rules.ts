import { parseDeviceCertificate } from '#liaison/crypto';
import {
  applyToLeaves,
  groupChange,
  type Leaf,
  type Leaves,
  type ParsedCommit,
  type ParsedCommitMessage,
  type ParsedGroupInfo,
  type ValidKeyPackage,
} from '#liaison/mls-framing';
import {
  canonicalJson,
  type ChannelProfile,
  contactPointOf,
  type DeviceAddress,
  equalBytes,
  LiaisonError,
  LIMITS,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import type { DeviceStanding } from '../identity/device-standing.js';
import { contactPointsIn, type ChannelState } from './channel-state.js';
import { requireHubAsExternalSender } from './creation-rules.js';
import {
  type ContactPoints,
  requireAdministered,
  requireAdministrator,
  requireEntitled,
  requireLawfulChange,
  requireLawfulProfile,
  requireStillEntitled,
} from './profile-rules.js';

/** What a commit is judged by. */
export interface CommitContext {
  readonly caller: AuthenticatedDevice;
  /** In the epoch that the commit ends. */
  readonly state: ChannelState;
  /** GroupInfo of the epoch that the commit ends. */
  readonly before: ParsedGroupInfo;
  readonly standing: Pick<DeviceStanding, 'check'>;
  readonly contactPoints: ContactPoints;
  /** The hub's key by the newest roster. */
  readonly externalSenderKey: Uint8Array;
  /** Removals that the hub has proposed in this epoch: leaf indexes by ProposalRef. */
  readonly proposals: ReadonlyMap<string, number>;
}

export interface AddedMember {
  readonly device: DeviceAddress;
  readonly leaf: Leaf;
  /** KeyPackageRef, base64url. */
  readonly reference: string;
}

/** @returns the caller's leaf. @throws LiaisonError `not-allowed`: CHN-13 another's leaf, CHN-14 a re-join over another's. */
export function requireOwnCommit(message: ParsedCommitMessage, { caller, state }: CommitContext): number {
  const own = state.members.get(caller.device)?.leafIndex;
  if (own === undefined) throw forbidden('CHN-13', 'This device is no member.');
  const { sender, content } = message;
  if (sender.kind === 'member' && sender.leafIndex !== own) {
    throw forbidden('CHN-13', 'The commit is of another member than the device that submits it.');
  }
  if (sender.kind === 'new-member-commit' && content.removes[0] !== own) {
    throw forbidden('CHN-14', 'A device joins again in place of its own leaf only.');
  }
  return own;
}

/** Role of the committer, what it may remove, and its new leaf: CHN-15 to CHN-17, CHN-19, CHN-20, CHN-26, CHN-27. */
export function requireLawfulAct(content: ParsedCommit, ownLeaf: number, context: CommitContext): void {
  const { caller, state, proposals } = context;
  if (!isAnybodys(content, context)) requireAdministrator(state.profile, caller.contactPoint);
  if (!content.references.every((reference) => proposals.has(reference))) {
    throw forbidden('CHN-26', 'The commit refers to a proposal that the hub has not made in this epoch.');
  }
  if (content.purpose === 'remove' && removedLeaves(content, context).includes(ownLeaf)) {
    throw forbidden('CHN-27', 'A device does not remove itself: another administrator does.');
  }
  if (content.path === undefined) {
    // Members judge the committer by the leaf that signed, whatever newer certificate the device has signed in with.
    const leaf = context.before.leaves[ownLeaf];
    if (leaf !== undefined && leaf !== null) requireOwnLeaf(leaf, context);
    return;
  }
  requireOwnLeaf(content.path, context);
  const entrant = entitlementOf(content.path);
  if (content.purpose === 'rejoin') requireEntitled(state.profile, entrant, context.contactPoints);
  else requireStillEntitled(state.profile, entrant);
}

/** What the hub has proposed, and the co-chairs have decided, whoever is online carries out. */
function isAnybodys(content: ParsedCommit, { before }: CommitContext): boolean {
  const change = groupChange(content, before);
  return ['update', 'rejoin', 'hub-key'].includes(change) || (change === 'remove' && content.removes.length === 0);
}

/** By value and by reference. */
function removedLeaves({ removes, references }: ParsedCommit, { proposals }: CommitContext): number[] {
  return [...new Set([...removes, ...references.flatMap((reference) => proposals.get(reference) ?? [])])];
}

function requireOwnLeaf(leaf: Leaf, context: CommitContext): void {
  const device = requireGoodLeaf(leaf, context);
  if (device !== context.caller.device) {
    throw forbidden('CHN-15', 'The new leaf of the committer is that of another device.');
  }
}

/** @throws LiaisonError `not-allowed`: CHN-17 its certificate is not in good standing, or its key is another. */
function requireGoodLeaf(leaf: Leaf, { standing }: CommitContext): DeviceAddress {
  const verified = standing.check(leaf.certificate);
  if (verified.outcome !== 'ok')
    throw forbidden('CHN-17', `A certificate is not in good standing: ${verified.message}`);
  if (!equalBytes(verified.certificate.publicKey, leaf.signatureKey)) {
    throw forbidden('CHN-17', 'The key of a leaf is not the key in its certificate.');
  }
  return verified.certificate.device;
}

function entitlementOf({ certificate }: Leaf) {
  const { device, clearance } = parseDeviceCertificate(certificate);
  return { device, clearance, contactPoint: contactPointOf(device) };
}

/** @throws LiaisonError `not-allowed`: CHN-17 to CHN-21. */
export function requireLawfulAdditions(
  keyPackages: readonly ValidKeyPackage[],
  context: CommitContext,
): readonly AddedMember[] {
  if (keyPackages.length === 0) return [];
  const { profile } = context.state;
  // Who has left is no member, and in the group until its removal is committed.
  const leaves = context.before.leaves.filter((leaf) => leaf !== null);
  const inGroup = new Set(leaves.map((leaf) => entitlementOf(leaf).device));
  const added = keyPackages.map((leaf): AddedMember => {
    const device = requireGoodLeaf(leaf, context);
    requireEntitled(profile, entitlementOf(leaf), context.contactPoints);
    return { device, leaf, reference: leaf.reference };
  });
  const devices = new Set(added.map(({ device }) => device));
  if (devices.size !== added.length || added.some(({ device }) => inGroup.has(device))) {
    throw forbidden('CHN-18', 'A device is a member once.');
  }
  if (leaves.length + added.length > LIMITS.membersPerChannel) {
    throw forbidden('CHN-21', `A channel has at most ${LIMITS.membersPerChannel} members.`);
  }
  return added;
}

/** @throws LiaisonError `malformed` (CHN-22). */
export function requireWelcomeFor(added: readonly AddedMember[], references: readonly string[]): void {
  const expected = added.map(({ reference }) => reference).sort();
  if (canonicalJson(expected) !== canonicalJson([...references].sort())) {
    throw new LiaisonError('malformed', 'The Welcome is not for exactly those whom the commit adds.', {
      check: 'CHN-22',
    });
  }
}

/**
 * That the GroupInfo is of the group as the commit leaves it: CHN-04, CHN-23, CHN-24, CHN-29.
 * @returns what each device's leaf index is now.
 * @throws LiaisonError `integrity`, `malformed`.
 */
export function requireResult(
  message: ParsedCommitMessage,
  ownLeaf: number,
  added: readonly AddedMember[],
  after: ParsedGroupInfo,
  context: CommitContext,
): void {
  const { content } = message;
  const expected = leavesAfter(message, ownLeaf, added, context);
  if (!sameLeaves(expected, after.leaves)) {
    throw broken('CHN-23', 'The members in the GroupInfo are not those that the commit leaves.');
  }
  const profile = content.rules?.profile ?? context.state.profile;
  if (canonicalJson(after.profile) !== canonicalJson(profile)) {
    throw broken('CHN-24', 'The profile in the GroupInfo is not the one that the commit leaves.');
  }
  requireHubAsExternalSender(after, (content.rules ?? context.before).externalSenderKey);
  const signer = after.leaves[after.signerLeaf];
  const committer = content.path ?? context.before.leaves[ownLeaf];
  if (!signer || !committer || !equalBytes(signer.signatureKey, committer.signatureKey)) {
    throw broken('CHN-29', 'The GroupInfo is not signed by the committer.');
  }
}

function leavesAfter(
  { content }: ParsedCommitMessage,
  ownLeaf: number,
  added: readonly AddedMember[],
  context: CommitContext,
): Leaves<Leaf> {
  const { path, purpose } = content;
  const before: Leaves<Leaf> = context.before.leaves;
  const removes = removedLeaves(content, context);
  if (purpose === 'rejoin') return applyToLeaves(before, { removes, adds: path === undefined ? [] : [path] });
  const updated = before.map((leaf, index) => (index === ownLeaf && path !== undefined ? path : leaf));
  return applyToLeaves(updated, { removes, adds: added.map(({ leaf }) => leaf) });
}

function sameLeaves(a: Leaves<Leaf>, b: Leaves<Leaf>): boolean {
  return a.length === b.length && a.every((leaf, index) => sameLeaf(leaf, b[index] ?? null));
}

function sameLeaf(a: Leaf | null, b: Leaf | null): boolean {
  if (a === null || b === null) return a === b;
  return equalBytes(a.certificate, b.certificate) && equalBytes(a.signatureKey, b.signatureKey);
}

/** @throws LiaisonError `malformed` (FRM-17), `not-allowed`: CHN-39 another key than the roster's, and what a change of the profile may not do. */
export function requireLawfulRules(content: ParsedCommit, context: CommitContext): void {
  const { rules } = content;
  if (rules === undefined) return;
  if (groupChange(content, context.before) !== 'hub-key') requireLawfulProfileCommit(rules.profile, context);
  else if (!equalBytes(rules.externalSenderKey, context.externalSenderKey))
    throw forbidden(
      'CHN-39',
      'This is not the key of the hub that the newest roster names. Fetch the roster, then try again.',
    );
}

/**
 * Members stay entitled: releasability only widens, and the ceiling only falls.
 * @throws LiaisonError `not-allowed`: CHN-05 to CHN-08, CHN-16, CHN-25, CHN-31, CHN-32.
 */
function requireLawfulProfileCommit(profile: ChannelProfile, context: CommitContext): void {
  const { state, contactPoints } = context;
  requireLawfulChange(state.profile, profile);
  requireLawfulProfile(profile, contactPoints, state.profile.releasableTo);
  // Whoever hands the channel over stays a member, and administers it no more.
  requireAdministered(profile, contactPointsIn(state));
}

function forbidden(check: string, message: string): LiaisonError {
  return new LiaisonError('not-allowed', message, { check });
}

function broken(check: string, message: string): LiaisonError {
  return new LiaisonError('integrity', message, { check });
}
