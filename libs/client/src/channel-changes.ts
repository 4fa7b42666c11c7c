import { type ParsedCommitMessage } from '#liaison/mls-framing';
import { epochOf, type GroupState, memberAt, members, profileOf, proposedRemovals } from '#liaison/mls-session';
import {
  canonicalJson,
  type ChannelEvent,
  type ChannelId,
  type ChannelProfile,
  type DeviceAddress,
  fromBase64url,
} from '#liaison/protocol';
import type { ChannelReading } from './channel-reading.js';
import type { ChannelState } from './channel-state.js';
import { deviceOf } from './group-policy.js';
import { KEYS } from './keys.js';
import { readCommitStatement } from './seen-position.js';
import { jsonOf, type Transaction } from './transaction.js';
import { isForfeited } from './trust.js';
import type { ChannelChange, RemovedMember } from './life/client-life.js';

type CommitEvent = Extract<ChannelEvent, { type: 'commit' }>;

/** How the group was before a commit, and the commit. */
interface Entered {
  readonly commit: ParsedCommitMessage;
  readonly before: GroupState | undefined;
  /** What those had signed who were about to leave: by leaf index. */
  readonly leavings?: ChannelState['leavings'];
  /** What the hub had proposed and this device saw no reason for: it may have heard of the reason only when it was over. */
  readonly setAside?: ChannelState['setAside'];
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
  const entrance = { seq: event.seq, at: event.at, by, ...(purpose !== undefined && { purpose }) };
  saveChange(reading.transaction, state.id, { ...entrance, added, removed: [] });
  if (state.ledBack !== undefined) reading.update({ ledBack: { ...state.ledBack, ...entrance } });
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

/** What the hub proposed was done by rule: the reason stands, or stood then, in the revocation list or the roster. */
function removal(reading: ChannelReading, device: DeviceAddress, entered: Entered): RemovedMember {
  const { commit, leavings = {} } = entered;
  const said = Object.values(leavings).find((leaving) => leaving.device === device);
  if (said !== undefined)
    return { device, byRule: false, left: { at: said.at, ...(said.reason !== undefined && { reason: said.reason }) } };
  const proposed = commit.content.references.length === 0 ? undefined : proposedRemovalOf(reading, device, entered);
  if (proposed === undefined) return { device, byRule: false };
  const fault = faultNowOrThen(reading, proposed)?.message;
  const isByRule = proposed.isTaken || fault !== undefined;
  return { device, byRule: isByRule, ...(fault !== undefined && { because: fault }) };
}

interface ProposedRemoval {
  readonly certificate: Uint8Array;
  /** By the hub's clock, as far as that is believed: milliseconds since 1970. */
  readonly at: number;
  /** This device saw the reason when it heard of the proposal. */
  readonly isTaken: boolean;
}

function proposedRemovalOf(
  { orderedAt }: ChannelReading,
  device: DeviceAddress,
  { before, setAside = [] }: Entered,
): ProposedRemoval | undefined {
  const isOfDevice = ({ certificate }: { certificate: Uint8Array }) => deviceOf(certificate) === device;
  const taken = (before === undefined ? [] : proposedRemovals(before)).find(isOfDevice);
  if (taken !== undefined) return { certificate: taken.certificate, at: orderedAt, isTaken: true };
  return setAside
    .map(({ certificate, at }) => ({ certificate: fromBase64url(certificate), at: Date.parse(at), isTaken: false }))
    .find(isOfDevice);
}

/** What is over by now is found in the rosters of then. */
function faultNowOrThen({ trust, at }: ChannelReading, proposed: ProposedRemoval) {
  const standings = [
    trust.standing(proposed.certificate, at),
    ...trust.standingsThen(proposed.certificate, proposed.at),
  ];
  return standings.find(isForfeited)?.fault;
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
