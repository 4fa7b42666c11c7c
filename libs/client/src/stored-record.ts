import type { ContactPointId, DeviceAddress, RecordHeader, RecordId } from '#liaison/protocol';
import type { FailureCard } from './failure-card.js';
import type { OpenedRecord } from './record-pipeline.js';

/** Who took a record back, when, and by which record. */
export interface Withdrawn {
  readonly by: ContactPointId;
  /** When the hub stored the withdrawal. */
  readonly at: string;
  readonly record: RecordId;
  /** base64url: SHA-256 name of the header that was withdrawn; the log still proves that it was stored. */
  readonly headerHash: string;
}

/** What opens a record, kept for those who may be given it later. It goes wherever the content goes. base64url. */
export interface RecordOpening {
  readonly contentKey: string;
  readonly bodyHash: string;
  /** SHA-256 of the sender's certificate, which is kept once. */
  readonly certificate: string;
}

/** Of a record from before this device's time: who gave it, when and why. */
interface GrantedBy {
  readonly by: DeviceAddress;
  readonly at: string;
  readonly purpose: string;
  /** Place of the grant's entry in the log. */
  readonly index: number;
}

/** What is kept for one place. */
export type StoredRecord =
  | {
      readonly outcome: 'opened';
      readonly record: OpenedRecord;
      /** Of the certificate by which its sender was verified: what is revoked later says since when. */
      readonly serial?: string;
      /** Absent of what was read before keys were kept. */
      readonly opening?: RecordOpening;
      readonly granted?: GrantedBy;
      /** What was found against it later: its content is kept, and shown only beside this. */
      readonly warning?: FailureCard;
    }
  | {
      readonly outcome: 'failed';
      readonly seq: number;
      readonly header?: RecordHeader;
      readonly card: FailureCard;
      /** Of a record that was authentic and lawful, and whose content its originator took back. */
      readonly withdrawn?: Withdrawn;
    };
