import { CHAIN_START } from '#liaison/crypto';
import {
  type ChannelId,
  type ChannelProfile,
  type DeviceAddress,
  equalBytes,
  fromBase64url,
  type LeavingStatement,
  type RecordId,
  toBase64url,
} from '#liaison/protocol';
import {
  epochAuthenticator,
  epochOf,
  type GroupState,
  leafKeyAt,
  profileOf,
  proposedRemovals,
} from '#liaison/mls-session';
import type { ChannelStanding, Departure, LedBack, Membership } from './views.js';

/** What a receipt promised about a place that was not read yet. */
export interface ExpectedRecord {
  readonly id: RecordId;
  readonly headerHash: string;
  readonly chain: string;
}

/** What a device knows of a channel, but for its MLS state. A value: replaced, never changed. */
export interface ChannelState {
  readonly v: 1;
  readonly id: ChannelId;
  readonly membership: Membership;
  readonly standing: ChannelStanding;
  /** As of the last epoch that this device was in. */
  readonly profile: ChannelProfile;
  readonly epoch: number;
  /** Last event that was processed. */
  readonly seq: number;
  /** Hash of the history up to `seq`, base64url; absent until the first event gives the hub's claim to start from. */
  readonly chain?: string;
  /** The place from which on this device has computed the chain. */
  readonly chainFrom: number;
  readonly historyConfirmed: boolean;
  /** The hub's chain and this device's went apart: said once, not at every event. */
  readonly chainApart: boolean;
  /** As `chainApart`, for the histories of other members. */
  readonly membersApart: boolean;
  /** The latest time of an event, by the hub's clock: milliseconds since 1970. */
  readonly latestAt?: number;
  /** When this device last asked and had read all that there was, by its own clock. */
  readonly readToEndAt?: number;
  /** As `chainApart`, for the hub's times and this device's. */
  readonly timesApart?: true;
  /** A commit that this device refused: what is of the epoch it leads to is not opened. */
  readonly refusedCommit?: {
    readonly seq: number;
    readonly epoch: number;
    readonly check: string;
    /** The hub's word on when and whose. */
    readonly at?: string;
    readonly by?: DeviceAddress;
  };
  /** While the keys are lost: the last commit that the channel shows. */
  readonly lastCommit?: { readonly epoch: number; readonly confirmationTag: string };
  /** After a removal: the last event of this device. */
  readonly until?: number;
  readonly title?: string;
  readonly legalBasis?: string;
  readonly caseNumber?: string;
  readonly epochAuthenticator: string;
  /** Receipts of places beyond `seq`, by place. */
  readonly expected: Readonly<Record<string, ExpectedRecord>>;
  readonly commitPending: boolean;
  /** The place of the commit that added this device by Welcome: its keys are those of the epoch after it. */
  readonly joinedAt?: number;
  /** It was out, and no officer has said yet that this is the channel of before. */
  readonly ledBack?: LedBack;
  /** The epoch in which this device has sent with keys that its store does not remember: it was put back to an older copy. */
  readonly keysUsedUpIn?: number;
  /** Proposals of the hub, of this epoch, for which this device sees no reason: not obeyed, and in nobody's way. */
  readonly setAside?: readonly ProposalSetAside[];
  /** Proposals of the hub, of this epoch, that the group knows: for a reason that may end before they are committed. */
  readonly takenIn?: readonly ProposalSetAside[];
  /** When the hub proposed what stands in this epoch, by leaf index: by its clock, as far as that is believed. */
  readonly proposedAt?: Readonly<Record<string, string>>;
  /** What members have signed who leave, and whose removal the hub has proposed: by leaf index, for as long as that leaf has the key that was signed. */
  readonly leavings?: Readonly<Record<string, LeavingStatement>>;
  /** This device is to leave: what the hub may not have heard of yet. */
  readonly leaving?: Departure;
  /** The hub has refused to let it: what was signed holds until the leaf that it names has other keys. */
  readonly leavingRefused?: { readonly check: string; readonly leaf: string };
  /** This device has left of its own accord. */
  readonly left?: Departure;
  /** Members whom somebody has removed because the hub proposed it, to be looked at. */
  readonly removedByHub?: readonly RemovedByHub[];
  /** Members who may stay no longer and whose removal the hub has not proposed, by leaf index. */
  readonly unproposed?: Readonly<Record<string, Unproposed>>;
  /** The hub shows a commit after `seq` and not the newest roster and lists by which it is to be judged. */
  readonly waiting?: { readonly seq: number; readonly since: number; readonly tries: number };
  /** The hub has said that the channel ends before what this device has read: nothing is committed here any more, whatever it shows later. */
  readonly setBack?: true;
  /** Out of this device's everyday lists since then: RFC 3339. */
  readonly archived?: string;
  /** GroupInfo of a channel that the hub may not have stored yet. */
  readonly creating?: string;
}

export interface Unproposed {
  /** When this device saw it first, by its own clock: milliseconds since 1970. */
  readonly since: number;
  /** Whether the alarm has been raised. */
  readonly told: boolean;
}

interface RemovedByHub {
  /** Of the commit. */
  readonly seq: number;
  /** base64url. */
  readonly certificate: string;
  /** When the hub proposed it, by its clock, as far as that is believed. */
  readonly at: string;
}

export interface ProposalSetAside {
  readonly seq: number;
  readonly at: string;
  /** base64url. */
  readonly proposal: string;
  /** Of whom it would remove: base64url. */
  readonly certificate: string;
  /** Whether the alarm has been raised. */
  readonly told: boolean;
}

export interface Beginning {
  readonly id: ChannelId;
  readonly profile: ChannelProfile;
  readonly membership: Membership;
  readonly epoch: number;
  /** First event that this device may fetch. 0 or 1: it knows the whole history, and with it the chain. */
  readonly from: number;
  readonly epochAuthenticator: string;
}

export function beginChannel({ from, ...beginning }: Beginning): ChannelState {
  const whole = from <= 1;
  return {
    v: 1,
    ...beginning,
    standing: 'good',
    seq: whole ? 0 : from - 1,
    ...(whole ? { chain: toBase64url(CHAIN_START) } : {}),
    chainFrom: whole ? 0 : from,
    historyConfirmed: whole,
    chainApart: false,
    membersApart: false,
    expected: {},
    commitPending: false,
  };
}

/** The epoch that the next commit has to end. A device without keys counts by the commits that it sees. */
export function currentEpoch({ membership, lastCommit, epoch }: ChannelState): number {
  if (membership !== 'lost') return epoch;
  return lastCommit === undefined ? 0 : lastCommit.epoch + 1;
}

/** Replaces the group, and with it what the state says of its epoch. */
export function takeGroup(channel: OpenChannel, group: GroupState): void {
  const epochAuthenticatorText = toBase64url(epochAuthenticator(group));
  const { setAside: _ofTheLastEpoch, takenIn: _and, proposedAt: _too, leavings = {}, ...state } = channel.state;
  channel.group = group;
  channel.state = {
    ...state,
    leavings: Object.fromEntries(
      Object.entries(leavings).filter(([leafIndex, { leaf }]) => isKeyOfLeaf(group, Number(leafIndex), leaf)),
    ),
    epoch: epochOf(group),
    profile: profileOf(group),
    epochAuthenticator: epochAuthenticatorText,
  };
}

/** @param leaf HPKE key, base64url. */
export function isKeyOfLeaf(group: GroupState, leafIndex: number, leaf: string): boolean {
  const key = leafKeyAt(group, leafIndex);
  return key !== undefined && equalBytes(key, fromBase64url(leaf));
}

/** A channel while it is worked on. `group` is absent where the membership is not `member`. */
export interface OpenChannel {
  state: ChannelState;
  group: GroupState | undefined;
}

/** Whether the sending keys of this epoch may have been used: a new epoch brings fresh ones. */
export function keysUsedUp({ keysUsedUpIn, epoch }: ChannelState): boolean {
  return keysUsedUpIn === epoch;
}

/** The hub's proposal to remove a member has to be committed first; a late joiner has to have read its first event. */
export function canEncrypt({ state, group }: OpenChannel): boolean {
  return (
    group !== undefined &&
    state.chain !== undefined &&
    state.creating === undefined &&
    !keysUsedUp(state) &&
    state.leaving === undefined &&
    proposedRemovals(group).length === 0
  );
}
