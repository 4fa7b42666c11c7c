import { type ParsedCommitMessage } from '#liaison/mls-framing';
import { epochOf, type GroupState, memberAt, members, profileOf, proposedRemovals } from '#liaison/mls-session';
import {
  canonicalJson,
  type ChannelEvent,
  type ChannelId,
  type ChannelProfile,
  type DeviceAddress,
} from '#liaison/protocol';
import type { ChannelReading } from './channel-reading.js';
import type { ChannelState } from './channel-state.js';
import { deviceOf } from './group-policy.js';
import { KEYS } from './keys.js';
import { readCommitStatement } from './seen-position.js';
import { jsonOf, type Transaction } from './transaction.js';
import type { ChannelChange, RemovedMember } from './life/client-life.js';

type CommitEvent = Extract<ChannelEvent, { type: 'commit' }>;

/** How the group was before a commit, and the commit. */
interface Entered {
  readonly commit: ParsedCommitMessage;
  readonly before: GroupState | undefined;
  /** What those had signed who were about to leave: by leaf index. */
  readonly leavings?: ChannelState['leavings'];
}

/** Takes down what a commit changed, for those who ask later who was let in or put out, by whom and why. Fresh keys are no change. */
export function noteChange(reading: ChannelReading, event: CommitEvent, entered: Entered): void {
  const { commit, before } = entered;
  const { state, group: after } = reading.channel;
  const isEntered = before !== undefined && (after === undefined || epochOf(after) > epochOf(before));
  if (!isEntered || commit.content.purpose === 'rejoin') return;
  const { purpose } = readCommitStatement(commit.authenticatedData);
  const gone = after === undefined ? [reading.device.address] : missing(devicesIn(before), devicesIn(after));
  const change: ChannelChange = {
    seq: event.seq,
    at: event.at,
    by: committerOf(commit, before) ?? event.committer,
    ...(purpose !== undefined && { purpose }),
    added: after === undefined ? [] : missing(devicesIn(after), devicesIn(before)),
    removed: gone.map((device) => removal(reading, device, entered)),
    ...(after !== undefined && rulesChanged(profileOf(before), profileOf(after))),
  };
  if (change.added.length + change.removed.length > 0 || change.rules !== undefined)
    saveChange(reading.transaction, state.id, change);
}

/** Of the device that joins: what it knows of who let it in. */
export function noteJoining(reading: ChannelReading, event: CommitEvent, commit: ParsedCommitMessage): void {
  const { state, group } = reading.channel;
  if (group === undefined) return;
  const added = commit.content.adds.map(({ certificate }) => deviceOf(certificate));
  const { purpose } = readCommitStatement(commit.authenticatedData);
  const by = committerOf(commit, group) ?? event.committer;
  const change = { seq: event.seq, at: event.at, by, added, removed: [] };
  saveChange(reading.transaction, state.id, { ...change, ...(purpose !== undefined && { purpose }) });
}

export function saveChange(transaction: Transaction, channel: ChannelId, change: ChannelChange): void {
  transaction.putJson(KEYS.change(channel, change.seq), change);
}

/** In the order of the channel: from this device's joining on. */
export async function changesOf(transaction: Transaction, channel: ChannelId): Promise<ChannelChange[]> {
  return (await transaction.stored(KEYS.changes(channel))).map(({ value }) => jsonOf(value) as ChannelChange);
}

function committerOf({ sender }: ParsedCommitMessage, group: GroupState): DeviceAddress | undefined {
  const member = sender.kind === 'member' ? memberAt(group, sender.leafIndex) : undefined;
  return member && deviceOf(member.certificate);
}

/** What the hub proposed was done by rule: the reason stands in the revocation list or the roster. */
function removal(
  { trust, at }: ChannelReading,
  device: DeviceAddress,
  { commit, before, leavings = {} }: Entered,
): RemovedMember {
  const said = Object.values(leavings).find((leaving) => leaving.device === device);
  if (said !== undefined)
    return { device, byRule: false, left: { at: said.at, ...(said.reason !== undefined && { reason: said.reason }) } };
  const proposed = before === undefined ? [] : proposedRemovals(before);
  const member = proposed.find(({ certificate }) => deviceOf(certificate) === device);
  if (member === undefined || commit.content.references.length === 0) return { device, byRule: false };
  const fault = trust.standing(member.certificate, at).fault?.message;
  return { device, byRule: true, ...(fault !== undefined && { because: fault }) };
}

function rulesChanged(before: ChannelProfile, after: ChannelProfile): Pick<ChannelChange, 'rules'> {
  return canonicalJson(before) === canonicalJson(after) ? {} : { rules: { before, after } };
}

function devicesIn(group: GroupState): DeviceAddress[] {
  return members(group).map(({ certificate }) => deviceOf(certificate));
}

function missing(from: readonly DeviceAddress[], others: readonly DeviceAddress[]): DeviceAddress[] {
  const known = new Set(others);
  return from.filter((device) => !known.has(device));
}
