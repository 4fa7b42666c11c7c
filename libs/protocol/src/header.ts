import * as z from 'zod';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { base64urlOf, Timestamp } from './encoded.js';
import { explainIssues } from './explain.js';
import { ConsentTerms } from './consent.js';
import { LiaisonError } from './errors.js';
import { HistoryRule } from './history-rule.js';
import { ChannelId, ContactPointId, DeviceAddress, RecordId } from './ids.js';
import { LIMITS } from './limits.js';
import { Marking } from './marking.js';
import { Priority } from './priority.js';
import { Release } from './release.js';

export const RECORD_KINDS = [
  'message',
  'alert',
  'request',
  'answer',
  'acknowledgement',
  'clock',
  'task',
  'evidence',
  'custody',
  'sighting',
  'bulletin',
  'cosign',
  'meeting',
  'grant',
  'consent',
  'withdrawal',
  'erasure',
  'profile',
  'handover',
  'evaluation',
  'notification',
  'referral',
  /** The originator marks a record anew: the header's marking is the new one of the record it is in reply to. */
  'marking',
  /** A template catalogue that the co-chairs signed. */
  'template',
] as const;
export const RecordKind = z.enum(RECORD_KINDS);
export type RecordKind = z.infer<typeof RecordKind>;

/** The deadline that a request asks for. The hub adds when it was received; due times follow from both. */
export const RequestedClock = z.strictObject({
  profile: z.string().regex(/^[a-z0-9-]{1,40}$/),
  class: z.enum(['urgent-direct', 'urgent-indirect', 'other']),
  urgencyGround: z
    .enum(['public-security', 'life-or-integrity', 'deprivation-of-liberty', 'losing-relevance'])
    .optional(),
});

/** What the sender had processed when it wrote: a promise every reader can hold against what the hub showed them. */
export const SeenPosition = z.strictObject({ seq: z.int().min(0), chain: base64urlOf(32) });
export type SeenPosition = z.infer<typeof SeenPosition>;

/** The signed part of a record that the hub reads: docs/spec/header.md. */
export const RecordHeader = z.strictObject({
  v: z.literal(1),
  id: RecordId,
  channel: ChannelId,
  /** MLS epoch for which the record was encrypted. */
  epoch: z.int().min(0),
  kind: RecordKind,
  sender: DeviceAddress,
  sentAt: Timestamp,
  marking: Marking,
  releasableTo: z.array(ContactPointId).min(1).max(250).optional(),
  priority: Priority,
  inReplyTo: RecordId.optional(),
  clock: RequestedClock.optional(),
  /** Records that this one passes on or was compiled from: hub and members hold it to their marks and consents. */
  derivedFrom: z
    .array(z.strictObject({ channel: ChannelId, record: RecordId }))
    .min(1)
    .max(32)
    .refine(
      (refs) => new Set(refs.map(({ channel, record }) => `${channel}/${record}`)).size === refs.length,
      'a record twice',
    )
    .optional(),
  consent: ConsentTerms.optional(),
  release: Release.optional(),
  /** In the records of an exercise, and in no others. */
  exercise: z.literal(true).optional(),
  /** Beside the channel's rule: what is stricter wins. */
  history: HistoryRule.optional(),
  /** Days until the first review of whether to keep it. */
  retention: z.strictObject({ reviewDays: z.int().min(1).max(3650) }),
  attachments: z
    .array(z.strictObject({ id: base64urlOf(32), size: z.int().min(1).max(LIMITS.attachmentBytes) }))
    .max(64),
  /** Bytes of the sealed body. */
  bodySize: z.int().min(1).max(LIMITS.bodyBytes),
  seen: SeenPosition,
});
export type RecordHeader = z.infer<typeof RecordHeader>;

export function encodeHeader(header: RecordHeader): string {
  return canonicalJson(header);
}

/**
 * @throws LiaisonError `too-large` (HDR-01), `malformed` (PRO-01 not canonical, HDR-02 not of the documented form).
 */
export function decodeHeader(headerText: string): RecordHeader {
  if (headerText.length > LIMITS.headerChars)
    throw new LiaisonError('too-large', `The header is larger than ${LIMITS.headerChars} characters.`, {
      check: 'HDR-01',
    });
  const parsed = RecordHeader.safeParse(parseCanonicalJson(headerText));
  if (!parsed.success)
    throw new LiaisonError('malformed', `The header is not valid: ${explainIssues(parsed.error)}.`, {
      check: 'HDR-02',
    });
  return parsed.data;
}
