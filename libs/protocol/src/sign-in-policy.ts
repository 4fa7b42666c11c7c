import * as z from 'zod';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { base64urlOf, line, Timestamp } from './encoded.js';
import { LiaisonError } from './errors.js';
import { explainIssues } from './explain.js';
import { ContactPointId } from './ids.js';

/** Which second proof a contact point demands of its people; `either`: whichever they choose. */
export const SecondFactorRule = z.enum(['none', 'webauthn', 'oidc', 'either']);
export type SecondFactorRule = z.infer<typeof SecondFactorRule>;

const SECURE_URL = /^(https:\/\/[^\s?#]{1,300}|http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?(\/[^\s?#]{0,200})?)$/;

/** How the people of a contact point sign in, signed by its CA: docs/spec/second-factor.md. */
export const SignInPolicy = z
  .strictObject({
    v: z.literal(1),
    contactPoint: ContactPointId,
    /** One higher each time. */
    number: z.int().min(1).max(2_147_483_647),
    issuedAt: Timestamp,
    secondFactor: SecondFactorRule,
    /** For how long a proof holds for the device that it was made for. */
    hours: z.int().min(1).max(168),
    /** What connectors present on every connection: docs/spec/mutual-tls.md. Absent: as any device. */
    connectors: z.literal('mutual-tls').optional(),
    /** The national sign-on: there with `oidc` and `either`. */
    signOn: z
      .strictObject({
        issuer: z.string().regex(SECURE_URL, 'https, or http on this machine'),
        /** Of the ID token: its value is the officer, `petrova` or `bg:petrova`. */
        claim: z.string().regex(/^[A-Za-z][A-Za-z0-9_:/.-]{0,99}$/),
        /** Authentication context classes, one of which the ID token has to name. */
        acr: z.array(line(200)).min(1).max(8).optional(),
        /** The officer has authenticated there no longer ago than this. */
        maxAgeMinutes: z.int().min(1).max(1440).optional(),
      })
      .optional(),
  })
  .refine(
    ({ secondFactor, signOn }) => ['oidc', 'either'].includes(secondFactor) === (signOn !== undefined),
    'signOn stands exactly where the national sign-on may be used',
  );
export type SignInPolicy = z.infer<typeof SignInPolicy>;

/** `policy` is the canonical text that the contact point's CA has signed (context `sign-in policy`). */
export const SignedSignInPolicy = z.strictObject({ policy: z.string().min(2).max(4000), signature: base64urlOf(64) });
export type SignedSignInPolicy = z.infer<typeof SignedSignInPolicy>;

export function encodeSignInPolicy(policy: SignInPolicy): string {
  return canonicalJson(policy);
}

/** Reads without verifying. @throws LiaisonError `malformed` (SPO-01). */
export function decodeUntrustedSignInPolicy(policyText: string): SignInPolicy {
  const parsed = SignInPolicy.safeParse(parseCanonicalJson(policyText));
  if (parsed.success) return parsed.data;
  const message = `The sign-in policy is not valid: ${explainIssues(parsed.error)}.`;
  throw new LiaisonError('malformed', message, { check: 'SPO-01' });
}
