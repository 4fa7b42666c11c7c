import { certificateMisfit, sign, type SigningKey, signingKeyFromSeed, verifyDeviceCertificate } from '#liaison/crypto';
import {
  contactPointOf,
  decodeUntrustedRoster,
  enrolmentSignedBytes,
  EnrolmentState,
  fromBase64url,
  type Invitation,
  LiaisonError,
  type Roster,
  toBase64url,
} from '#liaison/protocol';
import type { DeviceProfile } from '../device-profile.js';
import type { HubTransport } from '../hub-transport.js';
import { type PendingEnrolment, seedOf } from './pending-enrolment.js';
import { enrolmentSafetyNumber, verifiedInvitation } from './verified-invitation.js';

/** How far a new device has got. */
export type EnrolmentProgress = {
  /** Signed by an administrator of the contact point of the joining kit. */
  readonly invitation: Invitation;
  /** For the officer to read to the administrator. */
  readonly safetyNumber: string;
} & ({ readonly state: 'requested' | 'refused' } | { readonly state: 'approved'; readonly profile: DeviceProfile });

/**
 * Asks the hub to carry this device's key to its administrators, or what they have decided: harmless to repeat.
 * @throws LiaisonError of the hub; `bad-signature` (ENR-13) for an invitation, `integrity` (ENR-11) for a certificate that is not the promised one.
 */
export async function askForCertificate(
  pending: PendingEnrolment,
  transport: HubTransport,
  at: number,
): Promise<EnrolmentProgress> {
  const roster = decodeUntrustedRoster(pending.kit.roster.roster);
  const key = signingKeyFromSeed(seedOf(pending));
  const publicKey = toBase64url(key.publicKey);
  const { invited } = pending;
  if (invited === undefined)
    throw new LiaisonError('usage', 'This device was not invited: its certificate comes by file.');
  const answer = await transport.request('requestEnrolment', { body: requestOf(invited, roster, key) });
  const state = EnrolmentState.parse(answer);
  const invitation = verifiedInvitation(state, { roster, at });
  requireOwn(invitation, { ...pending, id: invited.id }, roster);
  const progress = { invitation, safetyNumber: enrolmentSafetyNumber(state.invitation, publicKey) };
  if (state.state !== 'approved' || state.certificate === undefined) {
    return { ...progress, state: state.state === 'refused' ? 'refused' : 'requested' };
  }
  const certificate = fromBase64url(state.certificate);
  requirePromised(certificate, { invitation, roster, key, at });
  return { ...progress, state: 'approved', profile: profileOf(pending, key, invitation, certificate) };
}

type Invited = NonNullable<PendingEnrolment['invited']>;

function requestOf({ id: invitation, token }: Invited, { hub }: Roster, key: SigningKey) {
  const publicKey = toBase64url(key.publicKey);
  const signed = enrolmentSignedBytes({ invitation, origin: hub.origin, publicKey });
  return { invitation, token, publicKey, proof: toBase64url(sign('enrolment request', signed, key)) };
}

function requireOwn(
  invitation: Invitation,
  { id, kit }: Pick<PendingEnrolment, 'kit'> & Pick<Invited, 'id'>,
  { hub }: Roster,
): void {
  const isOwn = invitation.id === id && contactPointOf(invitation.device) === kit.contactPoint;
  if (isOwn && invitation.origin === hub.origin) return;
  throw new LiaisonError('bad-signature', 'The hub answered with another invitation than the one asked for.', {
    check: 'ENR-13',
  });
}

function requirePromised(
  der: Uint8Array,
  { invitation, roster, key, at }: { invitation: Invitation; roster: Roster; key: SigningKey; at: number },
): void {
  const contactPoint = contactPointOf(invitation.device);
  const ca = roster.contactPoints.find(({ id }) => id === contactPoint)?.caCertificate ?? '';
  const verification = verifyDeviceCertificate({
    certificate: der,
    caCertificate: fromBase64url(ca),
    contactPoint,
    at,
  });
  const fault =
    verification.outcome === 'ok'
      ? certificateMisfit(verification.certificate, invitation, key.publicKey)
      : verification.message;
  if (fault === undefined) return;
  throw new LiaisonError('integrity', `The certificate that came back is not the promised one: ${fault}`, {
    check: 'ENR-11',
  });
}

function profileOf(
  { kit, storeKey }: PendingEnrolment,
  key: SigningKey,
  { device }: Invitation,
  certificate: Uint8Array,
): DeviceProfile {
  return {
    v: 1,
    device,
    signingSeed: key.privateKey,
    certificate,
    hubUrl: kit.hubUrl,
    foundingRoster: kit.roster,
    storeKey: fromBase64url(storeKey),
  };
}
