import { CHAIN_START } from '#liaison/crypto';
import { type ChannelId, type ChannelProfile, type RecordId, toBase64url } from '#liaison/protocol';
import { epochAuthenticator, epochOf, type GroupState, profileOf } from '#liaison/mls-session';
import type { ChannelStanding, Membership } from './views.js';

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
  /** A commit that this device refused: what is of the epoch it leads to is not opened. */
  readonly refusedCommit?: { readonly seq: number; readonly epoch: number; readonly check: string };
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
  /** GroupInfo of a channel that the hub may not have stored yet. */
  readonly creating?: string;
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

/** Replaces the group, and with it what the state says of its epoch. */
export function takeGroup(channel: OpenChannel, group: GroupState): void {
  const epochAuthenticatorText = toBase64url(epochAuthenticator(group));
  channel.group = group;
  channel.state = {
    ...channel.state,
    epoch: epochOf(group),
    profile: profileOf(group),
    epochAuthenticator: epochAuthenticatorText,
  };
}

/** A channel while it is worked on. `group` is absent where the membership is not `member`. */
export interface OpenChannel {
  state: ChannelState;
  group: GroupState | undefined;
}
