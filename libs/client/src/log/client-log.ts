import type { LostRecord } from './lost-records.js';
import type { ChannelId, ReceiptProof, RecordId } from '#liaison/protocol';
import type { Checkpoint, LogReader, WitnessPolicy } from '#liaison/tlog';

/** How far the proof is that a record stands in the log. */
export type ProofView =
  /** This device has neither a receipt nor a proof: ask with {@link ClientLog.prove}. */
  | { readonly state: 'none' }
  /** The hub confirmed it at `since`; no checkpoint has covered it yet. `refused`: the check that a proof did not pass. */
  | { readonly state: 'awaited'; readonly since: string; readonly index: number; readonly refused?: string }
  | {
      readonly state: 'proved';
      readonly proof: ReceiptProof;
      readonly verifiedAt: string;
      /** Of the checkpoint. */
      readonly size: number;
      readonly cosignedBy: readonly string[];
      /** Whether more than half of the roster's witnesses cosigned. True also where it names none. */
      readonly quorum: boolean;
    };

export interface LogQuery {
  /** A device, or an officer as `contact point:officer`. */
  readonly person?: string;
  readonly record?: RecordId;
  /** RFC 3339, both included. */
  readonly since?: string;
  readonly until?: string;
  /** Why: goes into the log, for reading the log is itself logged. */
  readonly purpose?: string;
}

export interface LoggedPage {
  readonly entries: readonly LoggedEntry[];
  /** Where to go on; absent at the end of the log. */
  readonly next?: number;
}

export interface LoggedEntry {
  readonly index: number;
  /** Canonical JSON text: hashed as it stands. */
  readonly entry: string;
}

/** A record without its content: what its sender signed, and the sender's certificate. */
export interface RecordEvidence {
  readonly record: RecordId;
  /** Canonical JSON text: hashed as it stands. */
  readonly header: string;
  /** base64url, as those after it. */
  readonly bodyHash: string;
  readonly mlsHash: string;
  readonly signature: string;
  /** DER of the sender's device certificate. */
  readonly certificate: string;
}

/** What became of an order to erase: where it stands in the log, or the check that refused it. */
export type ErasedRecord = { readonly record: RecordId } & ({ readonly index: number } | { readonly refused: string });

/** The hub's log as this device sees it. */
export interface ClientLog {
  /** False where the roster is from before the log. */
  exists(): Promise<boolean>;
  /** Fetches the newest roster, by which a live log is judged. @throws LiaisonError `integrity` CLI-01, which is an alarm as well. */
  refresh(): Promise<void>;
  /** By the known roster, without network; `threshold` witnesses, by default more than half of them. */
  policy(threshold?: number): Promise<WitnessPolicy>;
  /** The newest checkpoint that was verified. */
  held(): Promise<Checkpoint | undefined>;
  /**
   * Fetches and verifies the newest checkpoint, and that the log only grew.
   * @throws LiaisonError `integrity` CLI-70, CLI-71, CLI-72, which is an alarm as well.
   */
  advance(): Promise<Checkpoint>;
  /** The newest checkpoint with so many cosignatures, or the newest of all where none has, as served: not verified. */
  newest(cosigned?: number): Promise<string>;
  /** The hub's tiles, and the entries that concern this device: not verified. */
  readonly reader: LogReader;
  /** What this device knows, without network. */
  proofOf(channel: ChannelId, record: RecordId): Promise<ProofView>;
  /** Fetches the proof of a record that this device holds, its own or another's, and verifies it. @throws LiaisonError `integrity`, `try-again`, `not-found`. */
  prove(channel: ChannelId, record: RecordId): Promise<ProofView>;
  /** Entries that concern this device, in order: all that the hub shows, not verified. */
  entries(query?: LogQuery): Promise<readonly LoggedEntry[]>;
  /** The same from a place on, at most so many. */
  entryPage(query: LogQuery, page: { readonly from: number; readonly limit: number }): Promise<LoggedPage>;
  /** What a court needs of a record, beside its proof. @throws LiaisonError `integrity` CLI-15 where the hub shows another record. */
  evidence(channel: ChannelId, record: RecordId): Promise<RecordEvidence>;
  /** An officer has opened a record: signed now, told to the log with the next sync. */
  opened(opened: { readonly channel: ChannelId; readonly record: RecordId; readonly purpose?: string }): Promise<void>;
  /** An officer hands it to a court or authority outside the community: signed now, told to the log with the next sync. */
  exported(exported: {
    readonly channel: ChannelId;
    readonly record: RecordId;
    readonly authority: string;
    readonly purpose: string;
  }): Promise<void>;
  /**
   * An administrator has the content of records erased that are past their review: at the hub now, here at once, at every other device with its
   * next sync. Header, signature, place and log entry stay.
   */
  erase(channel: ChannelId, records: readonly RecordId[], purpose: string): Promise<readonly ErasedRecord[]>;
  /** Records that this device has read and the hub says it never stored: after a restore from a backup. Each with the proof that it was logged, where there is one. */
  lost(): Promise<readonly LostRecord[]>;
  /** Openings and exports that the hub does not know yet. */
  openedWaiting(): Promise<number>;
}
