import * as z from 'zod';
import {
  base64urlOf,
  canonicalJson,
  ChannelId,
  ConsentTerms,
  ContactPointId,
  DeviceAddress,
  explainIssues,
  fromUtf8,
  LiaisonError,
  parseCanonicalJson,
  type RandomSource,
  RecordId,
  text,
  Timestamp,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { LONGEST_ENTRY } from './entry-bundle.js';
import { LOG_ENTRY_TYPES, type LogEntryType, requirementsOf, type RequiredMember } from './log-entry-types.js';
import { decodePlainEntry, type EntryPlace, plainEntryPlace } from './plain-entry.js';

/** Of each entry: without them, who knows the rest could guess an entry from its leaf hash. */
export const SALT_BYTES = 16;

/** What an act was done to. Identifiers only, never content. */
export const LogSubject = z.strictObject({
  channel: ChannelId.optional(),
  seq: z.int().min(1).optional(),
  epoch: z.int().min(0).optional(),
  record: RecordId.optional(),
  /** The record that this one speaks of or answers, in the same channel. */
  about: RecordId.optional(),
  device: DeviceAddress.optional(),
  contactPoint: ContactPointId.optional(),
  /** Roster version or CRL number. */
  version: z.int().min(0).optional(),
});
export type LogSubject = z.infer<typeof LogSubject>;

/** An act, as the log keeps it: docs/spec/log.md. */
export const LogEntry = z
  .strictObject({
    v: z.literal(1),
    type: z.enum(Object.keys(LOG_ENTRY_TYPES) as [LogEntryType, ...LogEntryType[]]),
    /** The hub's clock. */
    at: Timestamp,
    /** Who acted: a device, and so an officer; the hub for what it does by rule. */
    actor: z.union([z.literal('hub'), DeviceAddress]),
    subject: LogSubject,
    headerHash: base64urlOf(32).optional(),
    /** Why: the reason that the officer gave, or the rule. Never content. */
    purpose: text(300).optional(),
    /** To whom: devices, or contact points. */
    recipients: z
      .array(z.union([DeviceAddress, ContactPointId]))
      .min(1)
      .max(500)
      .optional(),
    /** To which court or authority outside the community, in words: a recipient that has no address. */
    authority: text(200).optional(),
    /** Records that this one passes on or was compiled from. */
    sources: z
      .array(z.strictObject({ channel: ChannelId, record: RecordId }))
      .min(1)
      .max(32)
      .optional(),
    /** What a consent says, as the header has it. It names contact points, and discloses nothing to them. */
    consent: ConsentTerms.optional(),
    /** The second officer's device, where four eyes released it. */
    releasedBy: DeviceAddress.optional(),
    /** What else the type's own page asks for: codes and counts, never content. */
    details: z
      .record(z.string().regex(/^[a-z][A-Za-z0-9]{0,31}$/), z.union([text(200), z.int(), z.boolean()]))
      .refine((details) => Object.keys(details).length <= 16, 'at most 16 details')
      .optional(),
    salt: base64urlOf(SALT_BYTES),
  })
  .superRefine((entry, context) => {
    for (const member of missingMembers(entry)) {
      context.addIssue({ code: 'custom', message: `${entry.type} needs ${member}` });
    }
  });
export type LogEntry = z.infer<typeof LogEntry>;

/** An entry before it is salted. */
export type LogAct = Omit<LogEntry, 'v' | 'salt'>;

/** @throws LiaisonError `usage` where the act lacks what its type needs: it must not enter the log for ever. */
export function newLogEntry(act: LogAct, random: RandomSource): LogEntry {
  const missing = missingMembers(act);
  if (missing.length > 0) throw new LiaisonError('usage', `A ${act.type} entry needs ${missing.join(', ')}.`);
  return { v: 1, ...act, salt: toBase64url(random.bytes(SALT_BYTES)) };
}

function missingMembers(act: Pick<LogAct, 'type' | 'subject' | 'recipients' | 'authority'>): readonly RequiredMember[] {
  const { recipients = act.authority } = act;
  const present: Partial<Record<RequiredMember, unknown>> = { ...act.subject, ...act, recipients };
  return requirementsOf(act.type).filter((member) => present[member] === undefined);
}

/** The bytes that are hashed and kept: canonical JSON in UTF-8. @throws LiaisonError `usage` where they exceed 65,535. */
export function encodeLogEntry(entry: LogEntry): Uint8Array {
  const bytes = utf8(canonicalJson(entry));
  if (bytes.length > LONGEST_ENTRY) throw new LiaisonError('usage', 'This entry is too long for the log.');
  return bytes;
}

/** @throws LiaisonError `malformed` (LOG-10): not UTF-8, not canonical, or not of the documented form. */
export function decodeLogEntry(bytes: Uint8Array): LogEntry {
  if (bytes.length > LONGEST_ENTRY) throw malformed('It is too long');
  const text = textOf(bytes);
  const plain = decodePlainEntry(text);
  if (plain !== undefined) return plain as LogEntry;
  const parsed = LogEntry.safeParse(canonicalValue(text));
  if (!parsed.success) throw malformed(explainIssues(parsed.error));
  return parsed.data;
}

/**
 * Of which type an entry is, and for which place of a channel it stands where it stands for one: for who reads a whole log.
 * @throws LiaisonError as {@link decodeLogEntry}: every entry is held to its form.
 */
export function readEntryPlace(bytes: Uint8Array): EntryPlace {
  return (bytes.length > LONGEST_ENTRY ? undefined : plainEntryPlace(textOf(bytes))) ?? decodeLogEntry(bytes);
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (error) {
    throw malformed(error instanceof LiaisonError ? error.message : 'It cannot be read', error);
  }
}

function canonicalValue(text: string): unknown {
  try {
    return parseCanonicalJson(text);
  } catch (error) {
    throw malformed(error instanceof LiaisonError ? error.message : 'It cannot be read', error);
  }
}

function malformed(why: string, cause?: unknown): LiaisonError {
  return new LiaisonError('malformed', `This is not a log entry: ${why}`, { check: 'LOG-10', cause });
}
