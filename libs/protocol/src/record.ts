import * as z from 'zod';
import { base64urlOf, base64urlUpTo, Timestamp } from './encoded.js';
import { RecordErasure } from './erasure.js';
import { ChannelId, DeviceAddress, RecordId } from './ids.js';
import { LIMITS } from './limits.js';
import { LogIndex } from './log.js';

/** A record as it travels and is stored: nothing here but the header can be read without the channel's keys. */
export const RecordEnvelope = z.strictObject({
  /** Canonical JSON text of a RecordHeader: hashed and signed as it stands. */
  header: z.string().min(2).max(LIMITS.headerChars),
  /** Sealed body: key commitment, nonce, XChaCha20-Poly1305 ciphertext. */
  body: base64urlUpTo(LIMITS.bodyBytes),
  /** MLS PrivateMessage that carries the content key; its authenticated data is the header hash. */
  mls: base64urlUpTo(LIMITS.mlsMessageBytes),
  /** Ed25519 by the sending device over header hash, body hash and MLS hash. */
  signature: base64urlOf(64),
});
export type RecordEnvelope = z.infer<typeof RecordEnvelope>;

/** What is left of a record whose content was erased: all that its signature, the chain and the log need. */
export const ErasedEnvelope = z.strictObject({
  header: RecordEnvelope.shape.header,
  bodyHash: base64urlOf(32),
  mls: RecordEnvelope.shape.mls,
  signature: RecordEnvelope.shape.signature,
});

/** What the hub answers once a record is durable. */
export const Receipt = z.strictObject({
  id: RecordId,
  channel: ChannelId,
  seq: z.int().min(1),
  storedAt: Timestamp,
  /** Of the record that is stored: an earlier encryption of the same id, where `duplicate`. */
  headerHash: base64urlOf(32),
  /** The channel's chain hash after this record, as the hub computes it. */
  chain: base64urlOf(32),
  /** Place of its entry in the log: what `getLogProof` is asked for. */
  index: LogIndex,
  duplicate: z.boolean(),
});
export type Receipt = z.infer<typeof Receipt>;

const position = { channel: ChannelId, seq: z.int().min(1), at: Timestamp, chain: base64urlOf(32) };

/** One place in a channel's gap-free sequence. `at` is when the hub stored it; `chain` is the hub's claim, which members recompute. */
export const ChannelEvent = z.discriminatedUnion('type', [
  z.strictObject({ ...position, type: z.literal('record'), record: RecordEnvelope }),
  z.strictObject({ ...position, type: z.literal('erased-record'), record: ErasedEnvelope, erasure: RecordErasure }),
  z.strictObject({
    ...position,
    type: z.literal('commit'),
    epoch: z.int().min(0),
    committer: DeviceAddress,
    commit: base64urlUpTo(LIMITS.commitBytes),
  }),
  z.strictObject({
    ...position,
    type: z.literal('proposal'),
    epoch: z.int().min(0),
    proposal: base64urlUpTo(LIMITS.commitBytes),
  }),
]);
export type ChannelEvent = z.infer<typeof ChannelEvent>;
