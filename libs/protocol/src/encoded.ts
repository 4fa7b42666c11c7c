import * as z from 'zod';

const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** Binary in JSON: base64url without padding. `bytes` is the exact length where the field has one. */
export function base64urlOf(bytes: number): z.ZodString {
  const length = Math.ceil((bytes * 4) / 3);
  return z.string().length(length, `base64url of ${bytes} bytes`).regex(BASE64URL, 'base64url without padding');
}

/** Binary in JSON: base64url without padding, of at most `most` bytes. */
export function base64urlUpTo(most: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(Math.ceil((most * 4) / 3), `base64url of at most ${most} bytes`)
    .regex(BASE64URL, 'base64url without padding');
}

/** Of a {@link Timestamp}, as a part of a larger pattern. */
export const TIMESTAMP_PATTERN = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z`;

/** RFC 3339 in UTC with milliseconds: `2026-11-21T18:00:00.000Z`. One moment has one text. */
export const Timestamp = z.string().regex(new RegExp(`^${TIMESTAMP_PATTERN}$`), 'a time like 2026-11-21T18:00:00.000Z');
export type Timestamp = z.infer<typeof Timestamp>;

/** Text for people: well-formed, without control characters but line breaks and tabs. */
export function text(most: number): z.ZodString {
  // Control characters in a name or a subject can forge what a terminal shows.
  return z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'text without control characters');
}

/** Text of one line: a marking, a title, a name. A line break in it could forge a line beside it. */
export function line(most: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/, 'one line without control characters');
}
