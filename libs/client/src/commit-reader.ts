import { confirmationTagOf, parseCommit, type ParsedCommitMessage } from '#liaison/mls-framing';
import type { CommitChange, GroupState } from '#liaison/mls-session';
import { mayAdminister } from '#liaison/policy';
import {
  type ChannelEvent,
  contactPointOf,
  fromBase64url,
  type LiaisonError,
  LIMITS,
  toBase64url,
} from '#liaison/protocol';
import { asBreach, breach, checkOfMls } from './breach.js';
import { noteChange, noteJoining } from './channel-changes.js';
import type { ChannelReading } from './channel-reading.js';
import { currentEpoch, takeGroup } from './channel-state.js';
import { deviceOf, GroupPolicy, judgedThen } from './group-policy.js';
import { heardLeaving, leavesBy } from './life/hear-leaving.js';
import { adoptCommit, dropCommit, heldCommit } from './pending-commit.js';
import { readCommitStatement } from './seen-position.js';
import { isByTrust, JudgedByOldTrust } from './old-trust.js';
import { isForfeited } from './trust.js';

type CommitEvent = Extract<ChannelEvent, { type: 'commit' }>;
type ProposalEvent = Extract<ChannelEvent, { type: 'proposal' }>;

/**
 * Enters the epoch that a commit makes, or stays in its own where the commit breaks a rule. Staying is safe whoever is at fault: a
 * commit that the hub made up was refused by all members, who go on from the old epoch; one of a malicious member leads
 * those who accept it away from this device.
 */
export async function readCommit(reading: ChannelReading, event: CommitEvent): Promise<void> {
  const { channel } = reading;
  if (channel.state.membership === 'removed') return;
  const before = channel.group;
  const { leavings, setAside } = channel.state;
  try {
    const commit = parseCommit(fromBase64url(event.commit));
    if (await isOwn(reading, event)) await adopt(reading, commit);
    else if (channel.group === undefined) noteCommit(reading, event, commit);
    else if (event.seq === channel.state.joinedAt) requireOwnAddition(reading, event, commit);
    else if (!isOfRefusedLine(reading, commit.epoch)) await enterEpoch(reading, event, channel.group);
    noteChange(reading, event, { commit, before, ...(leavings && { leavings }), ...(setAside && { setAside }) });
  } catch (cause) {
    const error = asBreach('CLI-35', cause);
    if (mayBeOldTrust(reading, error)) throw new JudgedByOldTrust(error.message, { cause: error });
    await refuse(reading, event, error);
  }
}

/** A refusal halts the channel for good: it is not made by a roster from before the one that the others went by. */
function mayBeOldTrust({ trustIsFresh, channel }: ChannelReading, { details }: LiaisonError): boolean {
  return !trustIsFresh && channel.state.refusedCommit === undefined && isByTrust(details.check);
}

async function isOwn({ channel, transaction }: ChannelReading, event: CommitEvent): Promise<boolean> {
  if (!channel.state.commitPending) return false;
  return (await heldCommit(transaction, channel.state.id))?.commit === event.commit;
}

async function adopt({ channel, transaction }: ChannelReading, commit: ParsedCommitMessage): Promise<void> {
  if (commit.epoch !== currentEpoch(channel.state)) {
    dropCommit(transaction, channel);
    throw breach('CLI-35', 'It is of this device, and of another epoch than the channel is in.');
  }
  await adoptCommit(transaction, channel);
}

/** Without keys nothing can be followed: what is remembered is which epoch to come back into. */
function noteCommit(reading: ChannelReading, event: CommitEvent, { epoch }: ParsedCommitMessage): void {
  const { lastCommit } = reading.channel.state;
  if (lastCommit !== undefined && epoch !== lastCommit.epoch + 1)
    throw breach('CLI-35', 'It does not follow on the commit before it.');
  const confirmationTag = toBase64url(confirmationTagOf(fromBase64url(event.commit)));
  reading.update({ lastCommit: { epoch, confirmationTag } });
}

/** A Welcome leads into the epoch that this commit made: it is not processed, but it has to be the one. */
function requireOwnAddition(reading: ChannelReading, event: CommitEvent, commit: ParsedCommitMessage): void {
  const { channel, device } = reading;
  const leads = commit.epoch + 1 === channel.state.epoch;
  const adds = commit.content.adds.some(({ certificate }) => deviceOf(certificate) === device.address);
  if (!leads || !adds) throw breach('CLI-41', 'The place that the Welcome names does not add this device.');
  noteJoining(reading, event, commit);
}

function isOfRefusedLine({ channel }: ChannelReading, epoch: number): boolean {
  return channel.state.refusedCommit !== undefined && epoch > channel.state.epoch;
}

async function enterEpoch(reading: ChannelReading, event: CommitEvent, group: GroupState): Promise<void> {
  const { channel, transaction } = reading;
  const { state: next, change } = await processed(reading, event, await withSetAside(reading, group));
  await compareCommitter(reading, event, change);
  noteRemovalsByHub(reading, event, change);
  if (channel.state.commitPending) dropCommit(transaction, channel);
  const { refusedCommit: _refused, ...state } = channel.state;
  channel.state = state.standing === 'halted' ? { ...state, standing: 'in-dispute' } : state;
  if (change.removedSelf) {
    channel.group = undefined;
    const { leaving: _notDone, leavingRefused: _either, ledBack: _over, ...out } = channel.state;
    channel.state = { ...out, membership: 'removed', until: event.seq, expected: {} };
  } else takeGroup(channel, next);
}

async function processed({ device, trust, orderedAt }: ChannelReading, event: CommitEvent, group: GroupState) {
  const policy = new GroupPolicy(judgedThen(trust, orderedAt));
  try {
    return await device.mls.processCommit(group, fromBase64url(event.commit), policy);
  } catch (cause) {
    throw asBreach(policy.refusedBy ?? checkOfMls(cause) ?? 'CLI-35', cause);
  }
}

/** The hub's word about who committed, and the committer's about the history. Neither changes what the commit does. */
async function compareCommitter(reading: ChannelReading, event: CommitEvent, change: CommitChange): Promise<void> {
  const committer = deviceOf(change.renewed ?? change.committer.certificate);
  if (event.committer !== committer || event.epoch !== change.epoch) {
    await reading.alarm(breach('CLI-39', `Signed by ${committer}.`), event.seq);
  }
  await reading.compareSeen(readCommitStatement(change.authenticatedData), event.seq, false);
}

async function refuse(reading: ChannelReading, event: CommitEvent, error: LiaisonError): Promise<void> {
  await reading.alarm(error, event.seq);
  if (reading.channel.group === undefined) return;
  const check = error.details.check ?? 'CLI-35';
  const { seq, at, committer: by } = event;
  reading.update({ standing: 'halted', refusedCommit: { seq, epoch: reading.channel.state.epoch, check, at, by } });
}

/** Another member may see a reason: what it commits by reference has to be known. */
async function withSetAside({ channel, device }: ChannelReading, group: GroupState): Promise<GroupState> {
  let known = group;
  for (const { proposal } of channel.state.setAside ?? [])
    known = (await device.mls.processProposal(known, fromBase64url(proposal))).state;
  return known;
}

/** What an administrator does needs no reason. Whether the others had one is seen when the revocation lists are fresh. */
function noteRemovalsByHub(reading: ChannelReading, { seq }: CommitEvent, change: CommitChange): void {
  const committer = contactPointOf(deviceOf(change.committer.certificate));
  if (change.purpose !== 'remove' || mayAdminister(change.profile.before, committer).allowed) return;
  const { proposedAt = {}, removedByHub = [], leavings = {} } = reading.channel.state;
  const byHub = change.removes.filter(({ leafIndex }) => leavings[String(leafIndex)] === undefined);
  const removed = byHub.map(({ certificate, leafIndex }) => ({
    seq,
    certificate: toBase64url(certificate),
    at: proposedAt[String(leafIndex)] ?? orderedAtOf(reading),
  }));
  reading.update({ removedByHub: [...removedByHub, ...removed] });
}

/** Takes in the hub's proposal to remove a member, for the next sync to commit; one without a visible reason is set aside. */
export async function readProposal(reading: ChannelReading, event: ProposalEvent): Promise<void> {
  const { channel, device, trust, at } = reading;
  if (channel.group === undefined || (await leavesBy(reading, event)) || isOfRefusedLine(reading, event.epoch)) return;
  try {
    const proposed = await device.mls.processProposal(channel.group, fromBase64url(event.proposal));
    const { state, removes } = proposed;
    const leaving = await heardLeaving(reading, event.seq, channel.group, proposed);
    reading.update({ proposedAt: { [String(removes.leafIndex)]: orderedAtOf(reading), ...channel.state.proposedAt } });
    const isTaken = leaving === 'signed' || isForfeited(trust.standing(removes.certificate, at));
    if (isTaken) channel.group = state;
    const told = leaving === 'forged';
    keep(reading, event, { certificate: removes.certificate, told, where: isTaken ? 'takenIn' : 'setAside' });
  } catch (cause) {
    await reading.alarm(asBreach('CLI-40', cause), event.seq);
  }
}

function keep(
  reading: ChannelReading,
  { seq, proposal }: ProposalEvent,
  { certificate, told, where }: { certificate: Uint8Array; told: boolean; where: 'takenIn' | 'setAside' },
): void {
  const before = reading.channel.state[where] ?? [];
  if (before.length >= LIMITS.membersPerChannel || before.some((each) => each.proposal === proposal)) return;
  const kept = { seq, at: orderedAtOf(reading), proposal, certificate: toBase64url(certificate), told };
  reading.update({ [where]: [...before, kept] });
}

/** When the hub ordered what is read, as far as it is believed. */
function orderedAtOf({ orderedAt }: ChannelReading): string {
  return new Date(orderedAt).toISOString();
}
