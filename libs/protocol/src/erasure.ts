import * as z from 'zod';
import { utf8 } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { base64urlOf, base64urlUpTo, text, Timestamp } from './encoded.js';
import type { ChannelProfile } from './channel-profile.js';
import type { RecordHeader } from './header.js';
import { ChannelId, DeviceAddress, RecordId } from './ids.js';
import { LIMITS } from './limits.js';
import { LogIndex, LogText } from './log.js';

/** An administrator of a channel has a record's content erased that is not to be kept beyond its review: docs/spec/retention.md. */
export const ErasureOrder = z.strictObject({
  record: RecordId,
  /** The device's clock. */
  at: Timestamp,
  /** Why. */
  purpose: text(300),
  /** Ed25519 by the device over {@link erasureSignedBytes}. */
  signature: base64urlOf(64),
});
export type ErasureOrder = z.infer<typeof ErasureOrder>;

/** What a device signs to have a record erased (signing context `record-erasure`). */
export function erasureSignedBytes(
  device: DeviceAddress,
  { channel, record, at, purpose }: { readonly channel: ChannelId } & Omit<ErasureOrder, 'signature'>,
): Uint8Array {
  return utf8(canonicalJson({ at, channel, device, purpose, record }));
}

/** Days until a record's review: what its sender said, or the channel's rule of today where that is shorter. */
export function reviewDaysOf(
  { retention: own }: Pick<RecordHeader, 'retention'>,
  { retention: rule }: Pick<ChannelProfile, 'retention'>,
): number {
  return Math.min(own.reviewDays, rule.reviewDays);
}

export const ErasureOrders = z.strictObject({ orders: z.array(ErasureOrder).min(1).max(LIMITS.erasuresPerCall) });

/** In the order of the orders: where the erasure stands in the log, or the check that refused it. */
export const ErasureReceipt = z.strictObject({
  orders: z.array(z.union([z.strictObject({ index: LogIndex }), z.strictObject({ refused: z.string().max(16) })])),
});

/** An order that was carried out, with all that it takes to verify it. */
export const RecordErasure = z.strictObject({
  ...ErasureOrder.shape,
  channel: ChannelId,
  seq: z.int().min(1),
  /** Who ordered it. */
  device: DeviceAddress,
  /** DER: the device's certificate at the time. */
  certificate: base64urlUpTo(LIMITS.certificateBytes),
  /** Place of its `record.erased` entry in the log, and what stands there: the hub's word until it is proved. */
  index: LogIndex,
  entry: LogText,
});
export type RecordErasure = z.infer<typeof RecordErasure>;

/** Erasures of records that the caller could read, in the order of the log. `next`: where to go on, beyond the last that there is. */
export const ErasurePage = z.strictObject({ erasures: z.array(RecordErasure), next: LogIndex });
