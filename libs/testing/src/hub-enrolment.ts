import { sha256, sign, type SigningKey } from '#liaison/crypto';
import {
  encodeInvitation,
  type EnrolmentRequest,
  enrolmentSignedBytes,
  Invitation,
  type InvitationUpload,
  newId,
  RENEWAL_CONTEXT,
  type RenewalRequest,
  renewalSignedBytes,
  timestampOf,
  toBase64url,
  utf8,
  type Clock,
  type RandomSource,
} from '#liaison/protocol';
import type { HubDevice } from './hub-community.js';

/** An invitation in raw calls, and the token that opens it. */
export interface HubInvitation {
  readonly invitation: Invitation;
  readonly upload: InvitationUpload;
  readonly token: Uint8Array;
}

/** @param change what is to be unlike a good invitation: it is signed all the same. */
export function hubInvitation(
  inviter: Pick<HubDevice, 'address' | 'key'>,
  at: { readonly origin: string; readonly clock: Clock; readonly random: RandomSource },
  change: Partial<Record<keyof Invitation, unknown>> = {},
): HubInvitation {
  const token = at.random.bytes(16);
  const contactPoint = inviter.address.split(':')[0] ?? '';
  const invitation = Invitation.parse({
    v: 1,
    id: newId(at.clock, at.random),
    device: `${contactPoint}:newcomer:desk-1`,
    officerName: 'An officer',
    clearance: 'RESTRICTED',
    duties: ['officer'],
    origin: at.origin,
    inviter: inviter.address,
    expiresAt: new Date(at.clock.now() + 48 * 60 * 60 * 1000).toISOString(),
    ...change,
  });
  const text = encodeInvitation(invitation);
  const signature = toBase64url(sign('invitation', utf8(text), inviter.key));
  return { invitation, token, upload: { invitation: text, signature, tokenHash: toBase64url(sha256(token)) } };
}

/** What a device sends to be certified for longer. */
export function hubRenewal(
  { certificate: der, key }: Pick<HubDevice, 'certificate' | 'key'>,
  clock: Clock,
): RenewalRequest {
  const said = { certificate: toBase64url(der), at: timestampOf(clock) };
  return { ...said, signature: toBase64url(sign(RENEWAL_CONTEXT, renewalSignedBytes(said), key)) };
}

/** What a new device sends on it. */
export function hubEnrolmentRequest({ invitation, token }: HubInvitation, key: SigningKey): EnrolmentRequest {
  const publicKey = toBase64url(key.publicKey);
  const signed = enrolmentSignedBytes({ invitation: invitation.id, origin: invitation.origin, publicKey });
  const proof = toBase64url(sign('enrolment request', signed, key));
  return { invitation: invitation.id, token: toBase64url(token), publicKey, proof };
}
