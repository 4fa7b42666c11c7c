import * as z from 'zod';
import { utf8 } from './bytes.js';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { Duty } from './duty.js';
import { base64urlOf, base64urlUpTo, text, Timestamp } from './encoded.js';
import { LiaisonError } from './errors.js';
import { explainIssues } from './explain.js';
import { DeviceAddress } from './ids.js';
import { LIMITS } from './limits.js';
import { Classification } from './marking.js';

/** How an officer's new device gets its certificate: docs/spec/enrolment.md. */

export const InvitationId = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'an invitation id: a UUID of version 7',
  )
  .brand('InvitationId');
export type InvitationId = z.infer<typeof InvitationId>;

/** What an administrator offers; its canonical text is signed by the administrator's device (context `invitation`). */
export const Invitation = z.strictObject({
  v: z.literal(1),
  id: InvitationId,
  /** That the certificate will name. */
  device: DeviceAddress,
  officerName: text(64),
  clearance: Classification,
  duties: z.array(Duty).min(1).max(6),
  /** Of the hub, by the roster. */
  origin: z.string().max(200),
  inviter: DeviceAddress,
  expiresAt: Timestamp,
});
export type Invitation = z.infer<typeof Invitation>;

/** The longest that an invitation may stand open. */
export const INVITATION_DAYS = 14;

const InvitationText = z.string().min(2).max(2000);

export const InvitationUpload = z.strictObject({
  invitation: InvitationText,
  signature: base64urlOf(64),
  /** SHA-256 of the token that the code holds: the hub learns the token when it is used. */
  tokenHash: base64urlOf(32),
});
export type InvitationUpload = z.infer<typeof InvitationUpload>;

/** An invitation as it was signed, and by whom. */
const SignedInvitation = z.strictObject({
  invitation: InvitationText,
  signature: base64urlOf(64),
  inviterCertificate: base64urlUpTo(LIMITS.certificateBytes),
});
export type SignedInvitation = z.infer<typeof SignedInvitation>;

/** An invitation and what came of it, for the administrators of its contact point. */
export const InvitationView = SignedInvitation.extend({
  state: z.enum(['open', 'expired', 'requested', 'approved', 'refused']),
  request: z.strictObject({ publicKey: base64urlOf(32), proof: base64urlOf(64), at: Timestamp }).optional(),
  decision: z.strictObject({ by: DeviceAddress, at: Timestamp }).optional(),
});
export type InvitationView = z.infer<typeof InvitationView>;

export const InvitationList = z.strictObject({ invitations: z.array(InvitationView).max(LIMITS.invitationsListed) });

/** A new device asks, and asks again until it is decided; `proof`: {@link enrolmentSignedBytes} (context `enrolment request`). */
export const EnrolmentRequest = z.strictObject({
  invitation: InvitationId,
  token: base64urlOf(16),
  publicKey: base64urlOf(32),
  proof: base64urlOf(64),
});
export type EnrolmentRequest = z.infer<typeof EnrolmentRequest>;

export const EnrolmentState = SignedInvitation.extend({
  state: z.enum(['requested', 'approved', 'refused']),
  /** DER; with `approved`. */
  certificate: base64urlUpTo(LIMITS.certificateBytes).optional(),
});
export type EnrolmentState = z.infer<typeof EnrolmentState>;

export const EnrolmentDecision = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('approved'), certificate: base64urlUpTo(LIMITS.certificateBytes) }),
  z.strictObject({ outcome: z.literal('refused') }),
]);
export type EnrolmentDecision = z.infer<typeof EnrolmentDecision>;

export function encodeInvitation(invitation: Invitation): string {
  return canonicalJson(invitation);
}

/** Reads without verifying. @throws LiaisonError `malformed` (ENR-01). */
export function decodeUntrustedInvitation(invitationText: string): Invitation {
  const parsed = Invitation.safeParse(parseCanonicalJson(invitationText));
  if (parsed.success) return parsed.data;
  throw new LiaisonError('malformed', `The invitation is not valid: ${explainIssues(parsed.error)}.`, {
    check: 'ENR-01',
  });
}

/** What the new device signs with its new key. */
export function enrolmentSignedBytes(request: {
  readonly invitation: InvitationId;
  readonly origin: string;
  /** base64url. */
  readonly publicKey: string;
}): Uint8Array {
  const { invitation, origin, publicKey } = request;
  return utf8(canonicalJson({ invitation, origin, publicKey }));
}
