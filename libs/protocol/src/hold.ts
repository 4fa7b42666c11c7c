import * as z from 'zod';
import { utf8 } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { base64urlOf, base64urlUpTo, text, Timestamp } from './encoded.js';
import { ActId, ChannelId, DeviceAddress, RecordId } from './ids.js';
import { LIMITS } from './limits.js';
import { LogIndex, LogText } from './log.js';

export const HoldId = ActId;

/** What a hold covers: single records, what was stored in a period, or, with neither, the whole channel, also what is yet to come. */
const scope = {
  channel: ChannelId,
  records: z.array(RecordId).min(1).max(LIMITS.recordsPerHold).optional(),
  /** Both included, by the hub's time of a record. */
  since: Timestamp.optional(),
  until: Timestamp.optional(),
};

/** An administrator of a contact point in the channel forbids that records are erased: docs/spec/retention.md. */
export const HoldOrder = z
  .strictObject({
    id: HoldId,
    ...scope,
    /** Why. Every member of the channel reads it. */
    reason: text(300),
    /** Which court or authority, and under which reference. */
    authority: text(200),
    /** The device's clock. */
    at: Timestamp,
    /** Ed25519 by the device over {@link holdSignedBytes}. */
    signature: base64urlOf(64),
  })
  .refine(
    ({ records, since, until }) => records === undefined || (since === undefined && until === undefined),
    'records or a period, not both',
  )
  .refine(
    ({ since, until }) => since === undefined || until === undefined || since <= until,
    'a period that ends before it begins',
  );
export type HoldOrder = z.infer<typeof HoldOrder>;

/** What an administrator's device signs to place a hold (signing context `legal-hold`). */
export function holdSignedBytes(
  device: DeviceAddress,
  { id, channel, records, since, until, reason, authority, at }: Omit<HoldOrder, 'signature'>,
): Uint8Array {
  return utf8(
    canonicalJson({
      at,
      authority,
      channel,
      device,
      id,
      reason,
      ...(records && { records }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    }),
  );
}

/** The contact point that placed a hold gives it up. */
export const HoldLift = z.strictObject({
  hold: HoldId,
  reason: text(300),
  at: Timestamp,
  /** Ed25519 by the device over {@link liftSignedBytes}. */
  signature: base64urlOf(64),
});
export type HoldLift = z.infer<typeof HoldLift>;

/** What an administrator's device signs to lift a hold (signing context `legal-hold-lift`). */
export function liftSignedBytes(device: DeviceAddress, { hold, reason, at }: Omit<HoldLift, 'signature'>): Uint8Array {
  return utf8(canonicalJson({ at, device, hold, reason }));
}

const signer = {
  device: DeviceAddress,
  certificate: base64urlUpTo(LIMITS.certificateBytes),
  index: LogIndex,
  entry: LogText,
};

/** A hold with who placed and who lifted it, where both stand in the log, and what stands there: the hub's word until it is proved. */
export const LegalHold = z.strictObject({
  ...HoldOrder.shape,
  ...signer,
  lift: z.strictObject({ ...HoldLift.omit({ hold: true }).shape, ...signer }).optional(),
});
export type LegalHold = z.infer<typeof LegalHold>;

/** Holds in channels that the caller could read, or of its contact point; one that is lifted comes again at the place of its lift. */
export const HoldPage = z.strictObject({ holds: z.array(LegalHold), next: LogIndex });

/** Whether a hold covers a record, lifted or not. @param storedAt the hub's time of the record. */
export function covers(
  { channel, records, since, until }: Pick<LegalHold, 'channel' | 'records' | 'since' | 'until'>,
  record: { readonly channel: ChannelId; readonly id: RecordId; readonly storedAt: string },
): boolean {
  if (record.channel !== channel) return false;
  if (records !== undefined) return records.includes(record.id);
  const at = Date.parse(record.storedAt);
  return at >= Date.parse(since ?? '1970-01-01T00:00:00.000Z') && (until === undefined || at <= Date.parse(until));
}

/** Whether it was in force at a place of the log. */
export function wasInForce(
  { index, lift }: { readonly index: number; readonly lift?: { readonly index: number } | undefined },
  at: number,
): boolean {
  return index < at && (lift === undefined || lift.index > at);
}
