import * as z from 'zod';
import { utf8 } from './bytes.js';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { base64urlOf, base64urlUpTo, line, text, Timestamp } from './encoded.js';
import { ChannelId, DeviceAddress, RecordId } from './ids.js';
import { LIMITS } from './limits.js';
import { LogIndex, LogText } from './log.js';
import { ChannelEvent } from './record.js';

/** A grant of the past, record by record, to a device that was not there: docs/spec/history.md. */
export const HistoryOrder = z.strictObject({
  /** The device that is to read. */
  to: DeviceAddress,
  /** The granting device's clock. */
  at: Timestamp,
  /** Why: goes into the log. */
  purpose: text(300),
  grants: z
    .array(
      z.strictObject({
        record: RecordId,
        /** Ed25519 by the granting device over {@link grantSignedBytes}. */
        signature: base64urlOf(64),
      }),
    )
    .min(1)
    .max(LIMITS.grantsPerCall),
});
export type HistoryOrder = z.infer<typeof HistoryOrder>;

/** What a device signs to give one record to another device (signing context `history-grant`). */
export function grantSignedBytes(
  device: DeviceAddress,
  {
    channel,
    record,
    to,
    at,
    purpose,
  }: Pick<HistoryOrder, 'to' | 'at' | 'purpose'> & {
    readonly channel: ChannelId;
    readonly record: RecordId;
  },
): Uint8Array {
  return utf8(canonicalJson({ at, channel, device, purpose, record, to }));
}

/** In the order of the grants: where each stands in the log, or the check that refused it. */
export const HistoryReceipt = z.strictObject({
  grants: z.array(z.union([z.strictObject({ index: LogIndex }), z.strictObject({ refused: z.string().max(16) })])),
});

/** A record from before its reader's time, with the grant that opens it to them and the entry that says when it was stored. */
export const GrantedRecord = z.strictObject({
  event: ChannelEvent,
  grant: z.strictObject({
    by: DeviceAddress,
    at: Timestamp,
    purpose: text(300),
    signature: base64urlOf(64),
    /** Place of its `record.granted` entry in the log. */
    index: LogIndex,
  }),
  /** Its `record.stored` entry, as the log hashes it, and the place. */
  entry: LogText,
  index: LogIndex,
});
export type GrantedRecord = z.infer<typeof GrantedRecord>;

/** In the order of the channel. Fewer than were asked for: there are no more, unless `more`. */
export const GrantedPage = z.strictObject({ granted: z.array(GrantedRecord), more: z.boolean() });

/** What a device says it lacks: of each channel, what stands before a place. */
export const HistoryRequestBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('history-request'),
  /** X25519, made for this request: the content keys are sealed to it. */
  key: base64urlOf(32),
  purpose: text(300),
  lacks: z
    .array(z.strictObject({ channel: ChannelId, before: z.int().min(1) }))
    .min(1)
    .max(500),
});
export type HistoryRequestBody = z.infer<typeof HistoryRequestBody>;

/** Content keys of one channel, sealed to the device that asked. Kind `grant`, in reply to the request. */
export const HistoryKeysBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('history-keys'),
  to: DeviceAddress,
  channel: ChannelId,
  /** HPKE to the request's key, context {@link historyContext}: a {@link HistoryPage}. */
  sealed: base64urlUpTo(44 * 1024),
});
export type HistoryKeysBody = z.infer<typeof HistoryKeysBody>;

/** For whom, of what and on which request a page is sealed: it opens for nothing else. */
export function historyContext(grant: {
  readonly request: RecordId;
  readonly to: DeviceAddress;
  readonly by: DeviceAddress;
  readonly channel: ChannelId;
}): string {
  return `history keys ${canonicalJson({ ...grant })}`;
}

const place = z.int().min(1);

/** What is inside a {@link HistoryKeysBody}: keys, and what is not given, with the reason. */
export const HistoryPage = z.strictObject({
  v: z.literal(1),
  /** DER, each sender's once. */
  certificates: z.array(base64urlUpTo(LIMITS.certificateBytes)).max(LIMITS.grantsPerCall),
  keys: z
    .array(
      z.strictObject({
        record: RecordId,
        seq: place,
        contentKey: base64urlOf(32),
        headerHash: base64urlOf(32),
        bodyHash: base64urlOf(32),
        /** The sender's, by its number in `certificates`. */
        certificate: z.int().min(0),
      }),
    )
    .max(LIMITS.grantsPerCall),
  withheld: z
    .array(
      z.strictObject({
        record: RecordId,
        seq: place,
        /** Who decides: an originator, the channel, or the device that grants. */
        by: line(120),
        why: text(400),
      }),
    )
    .max(LIMITS.grantsPerCall),
  /** Places of which nothing is given, both included. */
  gaps: z.array(z.strictObject({ from: place, to: place, by: line(120), why: text(400) })).max(8),
  /** No page of this channel follows on this request. */
  last: z.boolean(),
});
export type HistoryPage = z.infer<typeof HistoryPage>;

export function encodeHistoryPage(page: HistoryPage): Uint8Array {
  return utf8(canonicalJson(page));
}

/** @throws LiaisonError `malformed`, ZodError for another form: the caller says whose fault that is. */
export function decodeHistoryPage(textOfPage: string): HistoryPage {
  return HistoryPage.parse(parseCanonicalJson(textOfPage));
}
