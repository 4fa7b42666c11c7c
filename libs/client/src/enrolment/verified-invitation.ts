import { authoritiesOf, type RevocationList, spokenDigits, verify, verifyByAuthorities } from '#liaison/crypto';
import {
  canonicalJson,
  contactPointOf,
  decodeUntrustedInvitation,
  fromBase64url,
  type Invitation,
  LiaisonError,
  type Roster,
  type SignedInvitation,
  utf8,
} from '#liaison/protocol';

/** Six groups of five digits: 99 bits, read aloud in half a minute. */
const SAFETY_GROUPS = 6;

/**
 * An invitation that an administrator of the device's own contact point signed, whoever brought it.
 * @param trusted the roster that is pinned, and the contact point's revocation list where there is one.
 * @throws LiaisonError `malformed` (ENR-01), `bad-signature` (ENR-13).
 */
export function verifiedInvitation(
  signed: SignedInvitation,
  trusted: { readonly roster: Roster; readonly crl?: RevocationList | undefined; readonly at: number },
): Invitation {
  const invitation = decodeUntrustedInvitation(signed.invitation);
  const contactPoint = contactPointOf(invitation.device);
  const point = trusted.roster.contactPoints.find(({ id }) => id === contactPoint);
  if (point?.status !== 'active') throw unverified(`${contactPoint} is not an active contact point of this community.`);
  const verification = verifyByAuthorities({
    certificate: fromBase64url(signed.inviterCertificate),
    authorities: authoritiesOf(point),
    contactPoint,
    ...(trusted.crl && { crl: trusted.crl }),
    at: trusted.at,
  });
  if (verification.outcome !== 'ok')
    throw unverified(`the inviter’s certificate does not hold: ${verification.message}`);
  const { certificate } = verification;
  const isSigned = verify(
    'invitation',
    utf8(signed.invitation),
    fromBase64url(signed.signature),
    certificate.publicKey,
  );
  if (!isSigned || certificate.device !== invitation.inviter) throw unverified('its inviter did not sign it.');
  if (!certificate.duties.includes('administrator')) throw unverified('its inviter is no administrator.');
  return invitation;
}

/** What both sides compare before a key is certified. @param publicKey base64url. */
export function enrolmentSafetyNumber(invitationText: string, publicKey: string): string {
  return spokenDigits('enrolment', utf8(canonicalJson({ invitation: invitationText, publicKey })), SAFETY_GROUPS);
}

function unverified(message: string): LiaisonError {
  return new LiaisonError('bad-signature', `This invitation is not to be trusted: ${message}`, { check: 'ENR-13' });
}
