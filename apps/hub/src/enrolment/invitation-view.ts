import {
  contactPointOf,
  timestampOf,
  toBase64url,
  type Clock,
  type DeviceAddress,
  type Invitation,
  type InvitationView,
  type SignedInvitation,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { StoredInvitation } from './enrolment-store.js';

/** What an administrator sees of an invitation: enough to verify everything again. */
export function invitationView(stored: StoredInvitation, now: number): InvitationView {
  const { publicKey, proof, requestedAt, decidedBy, decidedAt } = stored;
  return {
    ...signedInvitation(stored),
    state: stateOf(stored, now),
    ...(publicKey && proof && requestedAt
      ? { request: { publicKey: toBase64url(publicKey), proof: toBase64url(proof), at: requestedAt.toISOString() } }
      : {}),
    ...(decidedBy && decidedAt ? { decision: { by: decidedBy, at: decidedAt.toISOString() } } : {}),
  };
}

export function signedInvitation({ invitation, signature, inviterCertificate }: StoredInvitation): SignedInvitation {
  return { invitation, signature: toBase64url(signature), inviterCertificate: toBase64url(inviterCertificate) };
}

/** What was asked in time stays to be decided. */
function stateOf(
  { decidedBy, certificate, requestedAt, expiresAt }: StoredInvitation,
  now: number,
): InvitationView['state'] {
  if (decidedBy !== null) return certificate === null ? 'refused' : 'approved';
  if (requestedAt !== null) return 'requested';
  return now > expiresAt.getTime() ? 'expired' : 'open';
}

type EnrolmentAct = Extract<LogAct['type'], `enrolment.${string}`>;

/** @param actor the hub for a device that nobody has certified yet. */
export function enrolmentAct(
  type: EnrolmentAct,
  { device }: Invitation,
  actor: DeviceAddress | 'hub',
  clock: Clock,
): LogAct {
  return { type, at: timestampOf(clock), actor, subject: { device, contactPoint: contactPointOf(device) } };
}
