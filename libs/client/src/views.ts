import type {
  ChannelId,
  ChannelKind,
  ChannelProfile,
  ChannelRole,
  Classification,
  ContactPointId,
  CustodyOpening,
  DeviceAddress,
  HistoryRule,
  Marking,
  Priority,
  Receipt,
  RecordBody,
  RecordHeader,
  RecordId,
  RecordKind,
} from '#liaison/protocol';
import type { Alarm } from './alarm.js';
import type { Compromise } from './compromise.js';
import type { FailureCard } from './failure-card.js';
import type { RecordMarks } from './marks/record-marks.js';
import type { OpenedRecord } from './record-pipeline.js';
import type { StoredRecord } from './stored-record.js';

/** `in-dispute`: an alarm was raised about it, or it came back ({@link LedBack}). `halted`: this device refused a commit and stays in the epoch before it. */
export type ChannelStanding = 'good' | 'in-dispute' | 'halted';
/** `lost`: the hub says this device is a member, but it holds no keys (see `rejoin`). */
/** A device that left a channel of its own accord: when, and in its own words why. */
export interface Departure {
  readonly at: string;
  readonly reason?: string;
}

export type Membership = 'member' | 'removed' | 'lost';

/**
 * A Welcome has led this device into a channel that it was out of. That it is the same channel nobody says but the hub and who led
 * it in: the channel is in dispute until an officer settles it, though no rule was broken.
 */
export interface LedBack {
  /** Why it was out of it. `halted`: it had refused a change, and followed no more. */
  readonly after: 'removed' | 'left' | 'halted';
  /** Place of the commit that added it. */
  readonly seq: number;
  /** By the hub's clock; with `by`, absent until that commit was read. */
  readonly at?: string;
  readonly by?: DeviceAddress;
  /** Why, in the words of who did it. */
  readonly purpose?: string;
}

export interface ChannelView {
  readonly id: ChannelId;
  /** From the newest encrypted channel-title record, once one was read. */
  readonly title?: string;
  readonly legalBasis?: string;
  readonly caseNumber?: string;
  readonly profile: ChannelProfile;
  readonly epoch: number;
  /** Last event that this device processed. */
  readonly seq: number;
  readonly membership: Membership;
  /** It is to leave, and the hub may not have heard of it yet. */
  readonly leaving?: Departure;
  /** With `removed`: it left of its own accord. */
  readonly left?: Departure;
  readonly standing: ChannelStanding;
  /** With `in-dispute`: no officer has said yet that it is the channel of before. */
  readonly ledBack?: LedBack;
  /** Out of this device's everyday lists since then: RFC 3339. */
  readonly archived?: string;
  /** False for a late joiner until a member's record confirms the history's hash that the hub claimed. */
  readonly historyConfirmed: boolean;
  /** base64url: equal on all members of this epoch; to compare by telephone. */
  readonly epochAuthenticator: string;
}

export interface MemberView {
  readonly leafIndex: number;
  readonly device: DeviceAddress;
  readonly contactPoint: ContactPointId;
  readonly clearance: Classification;
  readonly duties: readonly string[];
  readonly roles: readonly ChannelRole[];
  /** Tolerated, to be removed: `expired` certificate. `not-certified`: by no CA that the roster names, and nothing of it is to be believed. `revocation-list-overdue`: whether it was revoked is not known for certain. */
  readonly flags: readonly MemberFlag[];
  readonly certificateNotAfter: string;
  readonly self: boolean;
}
export type MemberFlag = 'expired' | 'revoked' | 'contact-point-inactive' | 'not-certified' | 'revocation-list-overdue';

export interface ChannelPlan {
  readonly kind: ChannelKind;
  readonly ceiling: Classification;
  /** Whose devices may be members; the own contact point is added. */
  readonly contactPoints: readonly ContactPointId[];
  /** Who joins at once; the own device is in it anyway. */
  readonly devices?: readonly DeviceAddress[];
  /** Sent as the channel's first, encrypted record. */
  readonly title?: string;
  readonly legalBasis?: string;
  readonly caseNumber?: string;
  /** Default: the own contact point administers, posts and reads; the others post and read. */
  readonly roles?: Readonly<Record<string, readonly ChannelRole[]>>;
  readonly reviewDays?: number;
  readonly custody?: 'required' | 'none';
  readonly exercise?: boolean;
  /** From this mark or this priority up, a second officer releases what is sent. */
  readonly fourEyes?: NonNullable<ChannelProfile['fourEyes']>;
  /** What those who join later may be given of the past. Default `full`. */
  readonly history?: HistoryRule;
}

export interface RecordDraft {
  /** Default: a fresh one. Of what a second officer released: the one that was released. */
  readonly id?: RecordId;
  readonly channel: ChannelId;
  readonly kind: RecordKind;
  readonly body: RecordBody;
  readonly marking: Marking;
  /** Default `routine`. */
  readonly priority?: Priority;
  readonly releasableTo?: readonly ContactPointId[];
  readonly inReplyTo?: RecordId;
  readonly clock?: NonNullable<RecordHeader['clock']>;
  /** Default: the channel's. */
  readonly reviewDays?: number;
  /** What it passes on, or was compiled from. */
  readonly derivedFrom?: readonly NonNullable<RecordHeader['derivedFrom']>[number][];
  readonly consent?: NonNullable<RecordHeader['consent']>;
  readonly release?: NonNullable<RecordHeader['release']>;
  /** Stricter than the channel's rule for history. */
  readonly history?: HistoryRule;
  /** Send although the channel is in dispute: the officer's explicit decision. */
  readonly evenInDispute?: boolean;
}

export type OutboxState = 'queued' | 'sending' | 'stored' | 'failed';

export interface OutboxItem {
  readonly id: RecordId;
  readonly channel: ChannelId;
  readonly kind: RecordKind;
  readonly state: OutboxState;
  readonly queuedAt: string;
  /** With `stored`: where it stands in the channel. */
  readonly receipt?: Receipt;
  /** With `failed`: code and plain words, and what to do. With `queued`: why it still waits. */
  readonly problem?: Problem;
  /** With `failed`: the channel was closed, and what was written is kept to be sent again or thrown away. */
  readonly kept?: true;
  /** Of what was written here; absent once it is stored, for then the channel has it. */
  readonly subject?: string;
}

export interface ReadAcknowledgement {
  readonly state: 'read' | 'acknowledged';
  readonly device: DeviceAddress;
  readonly at: string;
}

/** What a screen shows for one place in a channel. */
export type RecordView =
  | {
      readonly outcome: 'opened';
      readonly record: OpenedRecord;
      readonly acknowledgements: readonly ReadAcknowledgement[];
      /** Where anything was said of it since: how it stands now, whatever its header says. */
      readonly marks?: RecordMarks;
      /** Where its sender was declared compromised from before it was stored: it may not be theirs. */
      readonly compromised?: Compromise;
    }
  | (Extract<StoredRecord, { outcome: 'failed' }> & {
      /** Of a record that was authentic, and that marks were found against later: what it says, to be read beside the card only. */
      readonly disputed?: OpenedRecord;
    });

/** What one {@link LiaisonClient.sync} did. */
export interface SyncReport {
  readonly joined: readonly ChannelId[];
  /** New records that were opened. */
  readonly records: number;
  readonly failures: number;
  readonly alarms: number;
  /** Outbox items that are still not stored. */
  readonly unsent: number;
  /** What did not work and did not end the round: to be shown. Breaches among them are alarms as well. */
  readonly problems: readonly Problem[];
}

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly check?: string;
}

export type ClientEvent =
  | { readonly type: 'record'; readonly channel: ChannelId; readonly record: OpenedRecord }
  | { readonly type: 'failure'; readonly channel: ChannelId; readonly seq: number; readonly card: FailureCard }
  | { readonly type: 'alarm'; readonly alarm: Alarm }
  | { readonly type: 'channel'; readonly channel: ChannelId }
  /** A contact point has records of this channel opened from custody. */
  | { readonly type: 'custody-opening'; readonly channel: ChannelId; readonly opening: CustodyOpening }
  | { readonly type: 'outbox'; readonly item: OutboxItem }
  | { readonly type: 'connection'; readonly state: 'live' | 'waiting' | 'closed'; readonly reason?: string };
