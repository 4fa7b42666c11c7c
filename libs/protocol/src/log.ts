import * as z from 'zod';
import { utf8 } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { base64urlOf, text, Timestamp } from './encoded.js';
import { ChannelId, type DeviceAddress, RecordId } from './ids.js';
import { LIMITS } from './limits.js';

/** Place of an entry in the log, from 0. */
export const LogIndex = z.int().min(0);

/** Canonical JSON text of a log entry (docs/spec/log.md): hashed as it stands. */
export const LogText = z.string().min(2).max(LIMITS.logEntryBytes);

/** A receipt that needs nobody's word: docs/spec/receipt-proof.md. */
export const ReceiptProof = z.strictObject({
  v: z.literal(1),
  entry: LogText,
  index: LogIndex,
  inclusion: z.array(base64urlOf(32)).max(63),
  /** Signed note: the log's signature, then cosignatures of witnesses. */
  checkpoint: z.string().max(256 * 1024),
});
export type ReceiptProof = z.infer<typeof ReceiptProof>;

/** Entries that concern the caller, in the order of the log. */
export const LogEntryPage = z.strictObject({
  entries: z.array(z.strictObject({ index: LogIndex, entry: LogText })),
  /** Where to go on. Equal to `size`: there is no more for now. A page may be empty and yet not be the last. */
  next: LogIndex,
  /** Entries that the log had. */
  size: LogIndex,
});
export type LogEntryPage = z.infer<typeof LogEntryPage>;

/** An officer has read a record: what the device says, and signs. */
export const OpenedEvent = z.strictObject({
  channel: ChannelId,
  record: RecordId,
  /** The device's clock. */
  at: Timestamp,
  /** Why, where the officer was asked. */
  purpose: text(300).optional(),
  /** Ed25519 by the device over {@link openedSignedBytes}. */
  signature: base64urlOf(64),
});
export type OpenedEvent = z.infer<typeof OpenedEvent>;

/** What a device signs to say that its officer has opened a record (signing context `record-opened`). */
export function openedSignedBytes(
  device: DeviceAddress,
  { channel, record, at, purpose }: Omit<OpenedEvent, 'signature'>,
): Uint8Array {
  return utf8(canonicalJson({ at, channel, device, record, ...(purpose === undefined ? {} : { purpose }) }));
}

export const OpenedReport = z.strictObject({ events: z.array(OpenedEvent).min(1).max(LIMITS.openedEventsPerCall) });

/** In the order of the report: where the event stands in the log, or the check that refused it for good. */
export const OpenedReceipt = z.strictObject({
  events: z.array(z.union([z.strictObject({ index: LogIndex }), z.strictObject({ refused: z.string().max(16) })])),
});
export type OpenedReceipt = z.infer<typeof OpenedReceipt>;

/** A device's officer has handed a record, or what the log says of it, to somebody outside the community: what the device says, and signs. */
export const ExportedEvent = z.strictObject({
  channel: ChannelId,
  record: RecordId,
  /** The device's clock. */
  at: Timestamp,
  /** To which court or authority, in words. */
  authority: text(200),
  /** Why. */
  purpose: text(300),
  /** Ed25519 by the device over {@link exportedSignedBytes}. */
  signature: base64urlOf(64),
});
export type ExportedEvent = z.infer<typeof ExportedEvent>;

/** What a device signs to say that a record was exported (signing context `record-exported`). */
export function exportedSignedBytes(
  device: DeviceAddress,
  { channel, record, at, authority, purpose }: Omit<ExportedEvent, 'signature'>,
): Uint8Array {
  return utf8(canonicalJson({ at, authority, channel, device, purpose, record }));
}

export const ExportedReport = z.strictObject({ events: z.array(ExportedEvent).min(1).max(LIMITS.openedEventsPerCall) });

/** Signature lines of one or more witnesses for the log's checkpoint of this size. */
export const CosignatureReport = z.strictObject({
  size: LogIndex,
  cosignatures: z
    .string()
    .min(1)
    .max(16 * 1024),
});

/** How many of them now stand under the checkpoint for the first time. */
export const CosignatureReceipt = z.strictObject({ added: z.int().min(0) });
