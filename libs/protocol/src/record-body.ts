import * as z from 'zod';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { fromUtf8, utf8 } from './bytes.js';
import { text, Timestamp } from './encoded.js';
import { LiaisonError } from './errors.js';
import { explainIssues } from './explain.js';

const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language tag like bg or ckb');

/** What an officer wrote: decrypted only by members. `facts` are structured data; `text` is free text. */
export const ContentBody = z.strictObject({
  v: z.literal(1),
  type: z.literal('content'),
  language,
  subject: text(300),
  text: text(40_000).optional(),
  sourceEvaluation: z.enum(['A', 'B', 'C', 'X']).optional(),
  informationEvaluation: z.enum(['1', '2', '3', '4']).optional(),
  facts: z.json().optional(),
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
  title: text(200),
  legalBasis: text(500).optional(),
  caseNumber: text(100).optional(),
});

export const RecordBody = z.discriminatedUnion('type', [ContentBody, AcknowledgementBody, ChannelTitleBody]);
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
