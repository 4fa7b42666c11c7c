import { verify } from '#liaison/crypto';
import {
  approvalSignedBytes,
  contactPointOf,
  type ContactPointId,
  type CustodyOpening,
  type DeviceAddress,
  fromBase64url,
  holdSignedBytes,
  liftSignedBytes,
  officerOf,
  openingSignedBytes,
} from '#liaison/protocol';
import { breach, type ClientCheck } from '../breach.js';
import type { LoggedAct } from '../log/proved-acts.js';
import type { Trust } from '../trust.js';
import type { KnownHold } from './known-hold.js';

interface Signed {
  readonly device: DeviceAddress;
  readonly certificate: string;
  readonly at: string;
  readonly signature: string;
}

/** How signatures are judged: by whom is trusted, and by when the log says that it was done, where that is proved. */
export interface Judgement extends LoggedAct {
  readonly trust: Pick<Trust, 'certificateThen' | 'contactPoint'>;
  /** Since when the roster says what it says, milliseconds since 1970: whether one administrator was enough before, it does not tell. */
  readonly rosterSince?: number;
}

/**
 * An opening is asked for by an administrator, and agreed to by another officer of theirs where the roster wants two. Each is judged at its
 * time: a device that was revoked later could ask then, one that was revoked before could not.
 * @throws LiaisonError `integrity` CLI-81.
 */
export function requireLawfulOpening(opening: CustodyOpening, judgement: Judgement): void {
  const { trust, rosterSince = 0 } = judgement;
  const { device, approval } = opening;
  requireAdministrator('CLI-81', 'custody-opening', opening, openingSignedBytes(device, opening), judgement);
  const wantsTwo = trust.contactPoint(contactPointOf(device))?.administratorsToEnrol === 2;
  if (approval === undefined) {
    if (wantsTwo && Date.parse(opening.at) >= rosterSince)
      throw breach('CLI-81', 'A second administrator has not agreed.');
    return;
  }
  const isAnother =
    contactPointOf(approval.device) === contactPointOf(device) && officerOf(approval.device) !== officerOf(device);
  if (!isAnother || approval.request !== opening.signature)
    throw breach('CLI-81', `${approval.device} has not agreed to it.`);
  const agreed = approvalSignedBytes(approval.device, { ...approval, opening: opening.id });
  requireAdministrator('CLI-81', 'custody-approval', approval, agreed, judgement);
}

/**
 * What a second administrator is asked to agree to: exactly what one of the own contact point has signed.
 * @throws LiaisonError `integrity` CLI-81.
 */
export function requireRequest(opening: CustodyOpening, contactPoint: ContactPointId, trust: Trust): void {
  const { device } = opening;
  if (contactPointOf(device) !== contactPoint) throw breach('CLI-81', `${device} is of another contact point.`);
  requireAdministrator('CLI-81', 'custody-opening', opening, openingSignedBytes(device, opening), { trust });
}

/** @throws LiaisonError `integrity` CLI-83: no administrator has placed it. */
export function requireLawfulHold(hold: Omit<KnownHold, 'lift'>, judgement: Judgement): void {
  requireAdministrator('CLI-83', 'legal-hold', hold, holdSignedBytes(hold.device, hold), judgement);
}

/** @throws LiaisonError `integrity` CLI-83: no administrator of the contact point that placed the hold has lifted it. */
export function requireLawfulLift(
  { id, device }: Pick<KnownHold, 'id' | 'device'>,
  lift: NonNullable<KnownHold['lift']>,
  judgement: Judgement,
): void {
  requireSameContactPoint(lift.device, contactPointOf(device));
  const signed = liftSignedBytes(lift.device, { ...lift, hold: id });
  requireAdministrator('CLI-83', 'legal-hold-lift', lift, signed, judgement);
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
  { trust, loggedAt = 0 }: Judgement,
): void {
  // Whoever holds a stolen key can write an earlier time; the log's cannot be.
  const certificate = trust.certificateThen(fromBase64url(der), Math.max(Date.parse(at), loggedAt));
  if (certificate?.device !== device) throw breach(check, 'The certificate was not good at the time.');
  if (!certificate.duties.includes('administrator')) throw breach(check, `${device} is no administrator.`);
  if (!verify(context, signed, fromBase64url(signature), certificate.publicKey))
    throw breach(check, `It is not signed by ${device}.`);
}
