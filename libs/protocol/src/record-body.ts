import * as z from 'zod';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { fromUtf8, utf8 } from './bytes.js';
import { base64urlOf, line, text, Timestamp } from './encoded.js';
import { LiaisonError } from './errors.js';
import { explainIssues } from './explain.js';
import { RecordHeader } from './header.js';
import { HistoryKeysBody, HistoryRequestBody } from './history.js';
import { TemplateId } from './ids.js';
import { LIMITS } from './limits.js';
import { Marking } from './marking.js';
import { Release } from './release.js';
import { KeyId } from './roster.js';

export const LanguageTag = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language tag like bg or ckb');
export type LanguageTag = z.infer<typeof LanguageTag>;

/** RFC 6901, into `facts`: `/persons/0/names`. */
const FactPointer = z
  .string()
  .max(300)
  .regex(/^(\/([^~/\u0000-\u001f]|~[01])*)+$/, 'a JSON pointer like /persons/0');

/** Another language's wording of free text. The original stays where it is; readers see which they look at. */
export const Translation = z.strictObject({
  language: LanguageTag,
  /** A person, an office or a tool. */
  translator: line(120),
  method: z.enum(['human', 'machine', 'machine-reviewed']),
  at: Timestamp,
  subject: text(300).optional(),
  text: text(40_000).optional(),
  /** Free text among the facts, by pointer. */
  facts: z.record(FactPointer, text(40_000)).optional(),
});
export type Translation = z.infer<typeof Translation>;

/** The grades as the officer's own scale has them; `sourceEvaluation` and `informationEvaluation` then hold an approximation. */
export const OriginalEvaluation = z.discriminatedUnion('scheme', [
  z.strictObject({
    scheme: z.literal('admiralty'),
    source: z.enum(['A', 'B', 'C', 'D', 'E', 'F']),
    information: z.enum(['1', '2', '3', '4', '5', '6']),
  }),
  z.strictObject({
    scheme: z.literal('3x5x2'),
    source: z.enum(['1', '2', '3']),
    information: z.enum(['A', 'B', 'C', 'D', 'E']),
    handling: z.enum(['P', 'C']),
    /** Of handling C. */
    conditions: text(500).optional(),
  }),
]);
export type OriginalEvaluation = z.infer<typeof OriginalEvaluation>;

/** What an officer wrote: decrypted only by members. `facts` are structured data; `text` is free text. */
export const ContentBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('content'),
  /** Of subject, text and the free text among the facts that names no language of its own. */
  language: LanguageTag,
  subject: text(300),
  text: text(40_000).optional(),
  sourceEvaluation: z.enum(['A', 'B', 'C', 'X']).optional(),
  informationEvaluation: z.enum(['1', '2', '3', '4']).optional(),
  originalEvaluation: OriginalEvaluation.optional(),
  /** The template that `facts` are of. */
  template: z.strictObject({ id: TemplateId, version: z.int().min(1).max(9999) }).optional(),
  facts: z.json().optional(),
  /** Stricter marks of single facts, by pointer. The header's marking is at least as strict as each. */
  factMarkings: z.record(FactPointer, Marking).optional(),
  translations: z.array(Translation).max(40).optional(),
  /** 32 random bytes of a record that a second officer released. */
  releaseSalt: base64urlOf(32).optional(),
});
export type ContentBody = z.infer<typeof ContentBody>;

/** `read`: an officer opened it. `acknowledged`: an officer takes note of it on behalf of the contact point. */
export const AcknowledgementBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('acknowledgement'),
  state: z.enum(['read', 'acknowledged']),
  at: Timestamp,
});
export type AcknowledgementBody = z.infer<typeof AcknowledgementBody>;

/** What the channel is called and about: content, so it travels encrypted and never in the profile. */
export const ChannelTitleBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('channel-title'),
  title: line(200),
  legalBasis: text(500).optional(),
  caseNumber: line(100).optional(),
});

/** In reply to the record that somebody translated: kind `message`. */
export const TranslationBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('translation'),
  translation: Translation,
  /** As in {@link ContentBody}. */
  releaseSalt: base64urlOf(32).optional(),
});
export type TranslationBody = z.infer<typeof TranslationBody>;

/** In reply to a withdrawal: what the device held of the withdrawn record is destroyed. Kind `erasure`. */
export const AttestationBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('attestation'),
  /** `not-held`: it never had it, or had destroyed it before. */
  state: z.enum(['destroyed', 'not-held']),
  at: Timestamp,
});
export type AttestationBody = z.infer<typeof AttestationBody>;

const draftHeader = RecordHeader.pick({
  id: true,
  channel: true,
  kind: true,
  sender: true,
  marking: true,
  releasableTo: true,
  priority: true,
  inReplyTo: true,
  clock: true,
  derivedFrom: true,
  consent: true,
});

/** Shown to a second officer in the home channel before it is released (four eyes): kind `message`. */
export const DraftBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('draft'),
  header: draftHeader,
  body: z.discriminatedUnion('type', [ContentBody, TranslationBody]),
});
export type DraftBody = z.infer<typeof DraftBody>;

/** In reply to a draft, in the home channel: the second officer's signature. Kind `cosign`. */
export const ReleaseBody = z.strictObject({ v: z.literal(1), type: z.literal('release'), release: Release });
export type ReleaseBody = z.infer<typeof ReleaseBody>;

/** Templates that the co-chairs signed: kind `template`. */
export const TemplatePackBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('template-pack'),
  /** Canonical JSON, verified as it stands (docs/spec/template-pack.md). */
  pack: z.string().min(2).max(LIMITS.bodyBytes),
  signatures: z
    .array(z.strictObject({ keyId: KeyId, signature: base64urlOf(64) }))
    .min(1)
    .max(16),
});
export type TemplatePackBody = z.infer<typeof TemplatePackBody>;

export const RecordBody = z.discriminatedUnion('type', [
  ContentBody,
  AcknowledgementBody,
  ChannelTitleBody,
  TranslationBody,
  AttestationBody,
  DraftBody,
  ReleaseBody,
  TemplatePackBody,
  HistoryRequestBody,
  HistoryKeysBody,
]);
export type RecordBody = z.infer<typeof RecordBody>;

export function encodeBody(body: RecordBody): Uint8Array {
  return utf8(canonicalJson(body));
}

/**
 * One content has one text, so that nothing hides in how it is written.
 * @throws LiaisonError `malformed` (BDY-01): the sender's client wrote something this version cannot read.
 */
export function decodeBody(bytes: Uint8Array): RecordBody {
  let value: unknown;
  try {
    value = parseCanonicalJson(fromUtf8(bytes));
  } catch {
    throw new LiaisonError('malformed', 'The decrypted body is not canonical JSON.', { check: 'BDY-01' });
  }
  const parsed = RecordBody.safeParse(value);
  if (!parsed.success)
    throw new LiaisonError('malformed', `The decrypted body is not valid: ${explainIssues(parsed.error)}.`, {
      check: 'BDY-01',
    });
  return parsed.data;
}
