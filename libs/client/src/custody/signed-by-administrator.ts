import { verify } from '#liaison/crypto';
import {
  approvalSignedBytes,
  contactPointOf,
  type ContactPointId,
  type CustodyOpening,
  type DeviceAddress,
  fromBase64url,
  holdSignedBytes,
  type LegalHold,
  liftSignedBytes,
  officerOf,
  openingSignedBytes,
} from '#liaison/protocol';
import { breach, type ClientCheck } from '../breach.js';
import type { Trust } from '../trust.js';

interface Signed {
  readonly device: DeviceAddress;
  readonly certificate: string;
  readonly at: string;
  readonly signature: string;
}

/**
 * An opening is asked for by an administrator, and agreed to by another officer of theirs where the roster wants two. A device that was
 * revoked since is not believed: its key may be another's.
 * @throws LiaisonError `integrity` CLI-81.
 */
export function requireLawfulOpening(opening: CustodyOpening, trust: Trust): void {
  const { device, approval } = opening;
  requireAdministrator('CLI-81', 'custody-opening', opening, openingSignedBytes(device, opening), trust);
  const wantsTwo = trust.contactPoint(contactPointOf(device))?.administratorsToEnrol === 2;
  if (approval === undefined) {
    if (wantsTwo) throw breach('CLI-81', 'A second administrator has not agreed.');
    return;
  }
  const isAnother =
    contactPointOf(approval.device) === contactPointOf(device) && officerOf(approval.device) !== officerOf(device);
  if (!isAnother || approval.request !== opening.signature)
    throw breach('CLI-81', `${approval.device} has not agreed to it.`);
  const agreed = approvalSignedBytes(approval.device, { ...approval, opening: opening.id });
  requireAdministrator('CLI-81', 'custody-approval', approval, agreed, trust);
}

/**
 * What a second administrator is asked to agree to: exactly what one of the own contact point has signed.
 * @throws LiaisonError `integrity` CLI-81.
 */
export function requireRequest(opening: CustodyOpening, contactPoint: ContactPointId, trust: Trust): void {
  const { device } = opening;
  if (contactPointOf(device) !== contactPoint) throw breach('CLI-81', `${device} is of another contact point.`);
  requireAdministrator('CLI-81', 'custody-opening', opening, openingSignedBytes(device, opening), trust);
}

/** @throws LiaisonError `integrity` CLI-83: no administrator has placed, or lifted, it. */
export function requireLawfulHold(hold: LegalHold, trust: Trust): void {
  requireAdministrator('CLI-83', 'legal-hold', hold, holdSignedBytes(hold.device, hold), trust);
  const { lift } = hold;
  if (lift === undefined) return;
  requireSameContactPoint(lift.device, contactPointOf(hold.device));
  requireAdministrator(
    'CLI-83',
    'legal-hold-lift',
    lift,
    liftSignedBytes(lift.device, { ...lift, hold: hold.id }),
    trust,
  );
}

function requireSameContactPoint(device: DeviceAddress, contactPoint: ContactPointId): void {
  if (contactPointOf(device) !== contactPoint)
    throw breach('CLI-83', `A hold of ${contactPoint} cannot be lifted by ${device}.`);
}

function requireAdministrator(
  check: ClientCheck,
  context: string,
  { device, certificate: der, at, signature }: Signed,
  signed: Uint8Array,
  trust: Trust,
): void {
  const { certificate, fault } = trust.standing(fromBase64url(der), Date.parse(at));
  const isBelieved = fault === undefined || fault.kind === 'expired' || fault.kind === 'inactive';
  if (certificate?.device !== device || !isBelieved) throw breach(check, 'The certificate is not good.');
  if (!certificate.duties.includes('administrator')) throw breach(check, `${device} is no administrator.`);
  if (!verify(context, signed, fromBase64url(signature), certificate.publicKey))
    throw breach(check, `It is not signed by ${device}.`);
}
