import * as z from 'zod';
import { base64urlOf, line, Timestamp } from './encoded.js';
import { DeviceAddress } from './ids.js';
import { LIMITS } from './limits.js';
import { SignedSignInPolicy } from './sign-in-policy.js';

/** The second proof of a session, made in a browser: docs/spec/second-factor.md. */

export const ProofMethod = z.enum(['webauthn', 'oidc']);
export type ProofMethod = z.infer<typeof ProofMethod>;

const CredentialId = z.string().regex(/^[A-Za-z0-9_-]{1,1400}$/);

/** A passkey or security key of an officer, for all their devices. */
export const SecondFactorCredential = z.strictObject({
  id: CredentialId,
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  /** With which device's session it was registered. */
  device: DeviceAddress,
});

export type SecondFactorCredential = z.infer<typeof SecondFactorCredential>;

/** Where this session stands. */
export const SecondFactorStatus = z.strictObject({
  state: z.enum(['not-needed', 'needed', 'proved']),
  proof: z.strictObject({ method: ProofMethod, at: Timestamp, until: Timestamp }).optional(),
  /** Whether a first credential may be registered now. */
  mayRegister: z.boolean(),
  credentials: z.array(SecondFactorCredential).max(LIMITS.credentialsPerOfficer),
  /** Of the contact point, where it has one. */
  policy: SignedSignInPolicy.optional(),
});
export type SecondFactorStatus = z.infer<typeof SecondFactorStatus>;

export const ProofPurpose = z.enum(['prove', 'register']);
export type ProofPurpose = z.infer<typeof ProofPurpose>;

/** A way into a browser, good once and for some minutes, bound to the session that asked. */
export const ProofTicket = z.strictObject({
  /** Its secret stands behind the `#`. */
  link: z.string().max(400),
  /** To be compared with what the page shows. */
  code: z.string().regex(/^\d{3} \d{3}$/),
  expiresAt: Timestamp,
});
export type ProofTicket = z.infer<typeof ProofTicket>;

const Secret = base64urlOf(32);
export const TicketOpening = z.strictObject({ ticket: Secret });

/** `message`: plain words for who looks at the page. */
const Refused = z.strictObject({ outcome: z.literal('refused'), check: z.string().max(16), message: z.string() });
export type ProofRefusal = z.infer<typeof Refused>;

/** What the page is to do. `flow` stands for the ticket from here on, and only this page has it. */
export const ProofOffer = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('ready'),
    flow: Secret,
    device: DeviceAddress,
    code: z.string(),
    /** Public key options of WebAuthn as JSON: `get` to prove, `create` to register. */
    webauthn: z.strictObject({ act: z.enum(['get', 'create']), options: z.record(z.string(), z.json()) }).optional(),
    /** Host of the national sign-on. */
    signOn: line(300).optional(),
  }),
  Refused,
]);
export type ProofOffer = z.infer<typeof ProofOffer>;

const field = z.string().max(16 * 1024);
const AttestationAnswer = z.strictObject({ clientDataJSON: field, attestationObject: field });
const AssertionAnswer = z.strictObject({
  clientDataJSON: field,
  authenticatorData: field,
  signature: field,
  userHandle: field.optional(),
});

/** What the browser's authenticator answered, as JSON. Its content is verified by the hub. */
export const WebauthnProof = z.strictObject({
  flow: Secret,
  credential: z.object({
    id: CredentialId,
    rawId: CredentialId,
    type: z.literal('public-key'),
    response: z.union([AttestationAnswer, AssertionAnswer]),
  }),
});
export type WebauthnProof = z.infer<typeof WebauthnProof>;

/** The page goes to the national sign-on, and comes back with an answer in its address. */
export const SignOnBeginning = z.strictObject({ flow: Secret });
export const SignOnOffer = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('ready'), url: z.string().max(4000) }),
  Refused,
]);
export type SignOnOffer = z.infer<typeof SignOnOffer>;

/** `query`: what stood behind the `?`. */
export const SignOnProof = z.strictObject({ flow: Secret, query: z.string().max(8000) });
export type SignOnProof = z.infer<typeof SignOnProof>;

export const ProofOutcome = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('proved') }),
  Refused,
]);
export type ProofOutcome = z.infer<typeof ProofOutcome>;

/** An administrator lets an officer register a first credential, once, on this device; `reset` takes their old ones and proofs away before. */
export const RegistrationAllowance = z.strictObject({ device: DeviceAddress, reset: z.boolean() });
export type RegistrationAllowance = z.infer<typeof RegistrationAllowance>;
export const AllowanceOutcome = z.union([
  z.strictObject({ until: Timestamp }),
  z.strictObject({ refused: z.string().max(16) }),
]);

export const CredentialToRemove = z.strictObject({ credential: CredentialId });
