import type { ChannelId, DeviceAddress, RecordBody, RecordHeader } from '#liaison/protocol';

/** The end of the pipeline: every check passed and the body was read. The only record a screen may show. */
export interface OpenedRecord {
  readonly channel: ChannelId;
  readonly seq: number;
  /** When the hub stored it, by the hub's clock. */
  readonly storedAt: string;
  readonly header: RecordHeader;
  readonly body: RecordBody;
  readonly sender: DeviceAddress;
  /** base64url: SHA-256 name of the header, as receipts carry it. */
  readonly headerHash: string;
  /** Sent from this device. */
  readonly own: boolean;
}
