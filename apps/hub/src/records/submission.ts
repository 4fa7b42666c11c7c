import type { ChannelEvent, ChannelId, DeviceAddress, LiaisonError, RecordId } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedRecord } from './authenticated-record.js';
import type { ParsedRecord } from './parsed-record.js';

/** A place in a channel's sequence. */
export interface Place {
  readonly seq: number;
  /** Milliseconds since 1970: when the hub stored it. */
  readonly at: number;
  readonly chain: Uint8Array;
}

/** What is stored for a record id already. */
export interface TakenRecord extends Place {
  /** Of its entry in the log. */
  readonly logIndex: number;
  readonly channel: ChannelId;
  readonly recordId: RecordId;
  readonly sender: DeviceAddress;
  readonly headerHash: Uint8Array;
}

/** Runs SQL inside the transaction that orders a batch. */
export interface Transaction {
  query(text: string, values: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

/** What a commit or a proposal changes besides the sequence. */
interface MembershipChange {
  readonly added: readonly DeviceAddress[];
  readonly removed: readonly DeviceAddress[];
}

/** The devices of one epoch of a channel. */
export type EpochMembers = Pick<ReadonlySet<DeviceAddress>, 'has' | 'keys'>;

interface Ordered {
  readonly channel: ChannelId;
  /** The epoch for which it was made: it has no place in any other. */
  readonly epoch: number;
  /** Who is a member in that epoch, and so gets it pushed. */
  readonly members: EpochMembers;
}

interface RecordEntry extends Ordered {
  readonly type: 'record';
  readonly sender: DeviceAddress;
  readonly record: AuthenticatedRecord;
}

interface Handshake extends Ordered {
  readonly payload: Uint8Array;
  /** SHA-256. No handshake stands twice in a channel. */
  readonly payloadHash: Uint8Array;
  readonly membership: MembershipChange;
  /** Stores what belongs to it, in the same transaction. */
  readonly storeAlongside: (transaction: Transaction, place: Place) => Promise<void>;
  /** What the log says of it, beside its own entry: who came and who went. */
  readonly acts: (place: Place) => readonly LogAct[];
}

/** A commit of a member. */
export interface CommitEntry extends Handshake {
  readonly type: 'commit';
  readonly sender: DeviceAddress;
}

/** A removal that the hub proposes. */
export interface ProposalEntry extends Handshake {
  readonly type: 'proposal';
  readonly sender: 'hub';
  readonly device: DeviceAddress;
  /** Why, as the log says it: of letters, digits, spaces and colons. */
  readonly purpose: string;
}

export type Entry = RecordEntry | CommitEntry | ProposalEntry;

/** Told exactly once, in the order of the channel, and never before the entry is durable. */
export type Outcome =
  | { readonly kind: 'stored'; readonly place: Place; readonly logIndex: number }
  | { readonly kind: 'taken'; readonly earlier: TakenRecord }
  | { readonly kind: 'refused'; readonly error: LiaisonError };

export interface Submission {
  readonly entry: Entry;
  /** The socket that gets a receipt instead of the push. */
  readonly origin?: string | undefined;
  readonly settle: (outcome: Outcome) => void;
}

/** An event that has just become durable. */
export interface PublishedEvent {
  readonly event: ChannelEvent;
  readonly origin: string | undefined;
  readonly members: EpochMembers;
  readonly membership: MembershipChange | undefined;
}

/** Bytes that a record holds while it waits. */
export function weightOf({ headerBytes, body, mls }: ParsedRecord): number {
  return headerBytes.length + body.length + mls.length;
}
