import * as z from 'zod';
import { utf8 } from './bytes.js';
import { canonicalJson } from './canonical-json.js';
import { base64urlOf, base64urlUpTo, text, Timestamp } from './encoded.js';
import { RecordKind } from './header.js';
import { ActId, ChannelId, type ContactPointId, DeviceAddress, RecordId } from './ids.js';
import { LIMITS } from './limits.js';
import { LogIndex, LogText } from './log.js';
import { ChannelEvent } from './record.js';
import { KeyId } from './roster.js';

/** A contact point's own way back to the records it had: docs/spec/custody.md. */

/**
 * What a contact point's CA signs to say which custody key is its own (signing context `custody key`).
 * @param since when it was founded: a later key has a later time, so that none comes back.
 */
export function custodyKeySignedBytes(contactPoint: ContactPointId, custodyKey: string, since?: string): Uint8Array {
  return utf8(since === undefined ? `${contactPoint} ${custodyKey}` : `${contactPoint} ${custodyKey} ${since}`);
}

export interface CustodyPlace {
  readonly contactPoint: ContactPointId;
  readonly channel: ChannelId;
  readonly record: RecordId;
  readonly headerHash: string;
}

/** For which one record a deposited key is sealed: opening it needs the same context. */
export function custodyContext({ contactPoint, channel, record, headerHash }: CustodyPlace): string {
  return `custody ${contactPoint} ${channel} ${record} ${headerHash}`;
}

/** A record's content key, sealed to the custody key of the contact point of the device that deposits it. */
export const CustodyDeposit = z.strictObject({
  channel: ChannelId,
  record: RecordId,
  headerHash: base64urlOf(32),
  /** Of the custody key. */
  keyId: KeyId,
  /** HPKE under {@link custodyContext}: encapsulated key, then the sealed content key. */
  sealed: base64urlOf(80),
  /** The device's clock. */
  at: Timestamp,
  /** Ed25519 by the device over {@link depositSignedBytes}. */
  signature: base64urlOf(64),
});
export type CustodyDeposit = z.infer<typeof CustodyDeposit>;

/** What a device signs with a deposit (signing context `custody-deposit`). */
export function depositSignedBytes(
  device: DeviceAddress,
  { channel, record, headerHash, keyId, sealed, at }: Omit<CustodyDeposit, 'signature'>,
): Uint8Array {
  return utf8(canonicalJson({ at, channel, device, headerHash, keyId, record, sealed }));
}

export const CustodyDeposits = z.strictObject({ deposits: z.array(CustodyDeposit).min(1).max(LIMITS.depositsPerCall) });

/** What came of one of several acts: its place in the log, or the check that refused it. */
export const LoggedOrRefused = z.union([
  z.strictObject({ index: LogIndex }),
  z.strictObject({ refused: z.string().max(16) }),
]);
export type LoggedOrRefused = z.infer<typeof LoggedOrRefused>;

/** What came of a deposit: the entry of the log that says so, by which the device knows that it may forget its own copy. */
export const DepositOutcome = z.union([
  z.strictObject({ index: LogIndex, entry: LogText }),
  z.strictObject({ refused: z.string().max(16) }),
]);
export type DepositOutcome = z.infer<typeof DepositOutcome>;

/** In the order of the deposits. */
export const DepositReceipt = z.strictObject({ deposits: z.array(DepositOutcome) });

/** A device's certificate as it was when it signed: DER. */
const certificate = base64urlUpTo(LIMITS.certificateBytes);

export const StoredDeposit = z.strictObject({
  ...CustodyDeposit.omit({ channel: true, record: true }).shape,
  device: DeviceAddress,
  certificate,
  /** Place of its `custody.deposited` entry in the log. */
  index: LogIndex,
});
export type StoredDeposit = z.infer<typeof StoredDeposit>;

/** A deposit of the caller's contact point, as an administrator looks for it: what its record's header says, no key. */
export const DepositListing = z.strictObject({
  channel: ChannelId,
  record: RecordId,
  seq: z.int().min(1),
  storedAt: Timestamp,
  kind: RecordKind,
  sender: DeviceAddress,
  keyId: KeyId,
  device: DeviceAddress,
  index: LogIndex,
});
export type DepositListing = z.infer<typeof DepositListing>;

/** `next`: where to go on, beyond the last that there is. */
export const DepositPage = z.strictObject({ deposits: z.array(DepositListing), next: LogIndex });

export const OpeningId = ActId;

/** An administrator asks for deposits of their contact point. */
export const OpeningRequest = z.strictObject({
  id: OpeningId,
  channel: ChannelId,
  records: z
    .array(RecordId)
    .min(1)
    .max(LIMITS.recordsPerOpening)
    .refine((records) => new Set(records).size === records.length, 'each record once'),
  /** Why. */
  reason: text(300),
  /** Which court or authority, and under which reference. */
  authority: text(200),
  /** The device's clock. */
  at: Timestamp,
  /** Ed25519 by the device over {@link openingSignedBytes}. */
  signature: base64urlOf(64),
});
export type OpeningRequest = z.infer<typeof OpeningRequest>;

/** What an administrator's device signs to ask for deposits (signing context `custody-opening`). */
export function openingSignedBytes(
  device: DeviceAddress,
  { id, channel, records, reason, authority, at }: Omit<OpeningRequest, 'signature'>,
): Uint8Array {
  return utf8(canonicalJson({ at, authority, channel, device, id, reason, records }));
}

/** A second administrator agrees, where the roster asks for two. */
export const OpeningApproval = z.strictObject({
  opening: OpeningId,
  /** The request's: what is agreed to. */
  request: base64urlOf(64),
  at: Timestamp,
  /** Ed25519 by the device over {@link approvalSignedBytes}. */
  signature: base64urlOf(64),
});
export type OpeningApproval = z.infer<typeof OpeningApproval>;

/** What the second administrator's device signs (signing context `custody-approval`). */
export function approvalSignedBytes(
  device: DeviceAddress,
  { opening, request, at }: Omit<OpeningApproval, 'signature'>,
): Uint8Array {
  return utf8(canonicalJson({ at, device, opening, request }));
}

/** An opening that was asked for, with all that it takes to verify who did. */
export const CustodyOpening = z.strictObject({
  ...OpeningRequest.shape,
  device: DeviceAddress,
  certificate,
  approval: z
    .strictObject({ ...OpeningApproval.omit({ opening: true }).shape, device: DeviceAddress, certificate })
    .optional(),
  /** Place of the first of its `custody.opened` entries, one a record; absent while it waits for a second administrator. */
  index: LogIndex.optional(),
});
export type CustodyOpening = z.infer<typeof CustodyOpening>;

/** An opening with its `custody.opened` entries, in the order of its records. */
export const LoggedOpening = z.strictObject({
  ...CustodyOpening.shape,
  entries: z.array(LogText).max(LIMITS.recordsPerOpening),
});
export type LoggedOpening = z.infer<typeof LoggedOpening>;

/** Openings of records that the caller could read, in the order of the log. */
export const OpeningPage = z.strictObject({ openings: z.array(LoggedOpening), next: LogIndex });

/** Of the caller's own contact point, with those that wait. */
export const OwnOpenings = z.strictObject({ openings: z.array(CustodyOpening) });

const LoggedText = z.strictObject({ index: LogIndex, entry: LogText });

/** What the hub gives out for one record of an opening. */
export const OpeningMaterial = z.strictObject({
  event: ChannelEvent,
  deposits: z.array(StoredDeposit),
  /** Its entry of its place in the channel. */
  stored: LoggedText,
  /** Its `custody.opened` entry of this opening. */
  opened: LoggedText,
  /** Records that say something of it: consents, marks, withdrawals. */
  about: z.array(ChannelEvent),
  /** All that the devices that signed these have shown, also what was superseded or revoked since: the reader finds out which it was. */
  certificates: z.array(certificate).max(LIMITS.certificatesOfRecord),
  /** The hub gives no deposits, for it was withdrawn and no hold of the contact point was there before: its word, of which `about` is the proof. */
  withdrawn: z.literal(true).optional(),
});
export type OpeningMaterial = z.infer<typeof OpeningMaterial>;

/** Empty where there is no such opening, or it is not the caller's to collect. */
export const MaterialPage = z.strictObject({ records: z.array(OpeningMaterial), next: z.int().min(0) });
