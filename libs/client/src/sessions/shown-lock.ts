import { type DeviceCertificate, isReleasedByAuthority, parseDeviceCertificate, verify } from '#liaison/crypto';
import {
  contactPointOf,
  fromBase64url,
  lockSignedBytes,
  officerOf,
  type OfficerLock,
  releaseSignedBytes,
} from '#liaison/protocol';
import { asBreach, breach } from '../breach.js';
import { TIMES_APART_MS } from '../former-points.js';
import type { Trust } from '../trust.js';
import type { ShownLock } from './client-sessions.js';

/** By how much the clock of who signs may be ahead (LCK-01). */
const AHEAD_MS = 24 * 60 * 60 * 1000;

interface Signed {
  readonly device: OfficerLock['device'];
  readonly certificate: string;
  readonly at: string;
  readonly signature: string;
}

interface Act {
  readonly by: Signed;
  readonly context: 'officer-lock' | 'officer-unlock';
  readonly signed: Uint8Array;
  /** Of the locked officer. */
  readonly isOwn: boolean;
}

/**
 * A lock with what could not be verified. One signature of a CA that this device cannot know keeps none of the others from being verified.
 * @param firstRosterAt when the first roster that this device has was signed: of CAs that were gone by then it knows nothing.
 * @throws LiaisonError `integrity` CLI-87.
 */
export function shownLock(lock: OfficerLock, trust: Trust, firstRosterAt: number): ShownLock {
  requireRules(lock);
  const unknown = actsOf(lock).filter((act) => !isVerified(act, trust, firstRosterAt));
  const devices = [...new Set(unknown.map(({ by }) => by.device))].join(', ');
  const ofUnknown = [
    ...(unknown.length > 0 ? [`certified ${devices}`] : []),
    ...(isEndVerified(lock, trust, firstRosterAt) ? [] : ['ended it']),
  ];
  if (ofUnknown.length === 0) return lock;
  return { ...lock, unverified: `No roster that this device has seen names the CA that ${ofUnknown.join(' and ')}.` };
}

/** What needs no certificate. */
function requireRules(lock: OfficerLock): void {
  const [contactPoint] = lock.officer.split(':');
  if (contactPointOf(lock.device) !== contactPoint) throw unlawful(`${lock.device} is of another contact point.`);
  for (const { device } of lock.releases) {
    if (contactPointOf(device) !== contactPoint || officerOf(device) === lock.officer)
      throw unlawful(`${device} may not end the lock of ${lock.officer}.`);
  }
  const releases = new Set(lock.releases.map(({ signature }) => signature)).size;
  if (lock.isOver && releases === 0 && lock.byAuthority === undefined)
    throw unlawful(`Nobody has ended the lock of ${lock.officer}.`);
  if (releases !== lock.releases.length) throw unlawful('One agreement stands for two.');
}

/** @returns false where this device cannot know the CA that is said to have ended it. */
function isEndVerified({ officer, at, byAuthority }: OfficerLock, trust: Trust, firstRosterAt: number): boolean {
  if (byAuthority === undefined) return true;
  const { index: _, ...said } = byAuthority;
  const endedAt = Date.parse(said.at);
  // Either clock may be ahead.
  if (endedAt < Date.parse(at) - 2 * AHEAD_MS) throw unlawful('It was ended before it was placed.');
  const authorities = [0, TIMES_APART_MS, -TIMES_APART_MS].flatMap((apart) =>
    trust.authoritiesThen(contactPointOf(officer), endedAt + apart),
  );
  if (authorities.some((each) => isReleasedByAuthority({ officer, ...said }, each, endedAt))) return true;
  if (endedAt > firstRosterAt + AHEAD_MS) throw unlawful('No CA of that time has ended it.');
  return false;
}

function actsOf(lock: OfficerLock): Act[] {
  const isOwn = officerOf(lock.device) === lock.officer;
  return [
    { by: lock, context: 'officer-lock', signed: lockSignedBytes(lock.device, lock), isOwn },
    ...lock.releases.map((by): Act => ({
      ...{ by, context: 'officer-unlock', isOwn: false },
      signed: releaseSignedBytes(by.device, { ...by, lock: lock.id }),
    })),
  ];
}

/**
 * A device that was revoked, has expired, or whose CA was replaced since has signed all the same.
 * @returns false where this device cannot know the CA: what the certificate says of itself fits, and no more is certain.
 */
function isVerified({ by, context, signed, isOwn }: Act, trust: Trust, firstRosterAt: number): boolean {
  const { device, at, signature } = by;
  const claimed = claimsOf(by);
  if (claimed.device !== device) throw unlawful('The certificate is not good.');
  const isKnown = trust.knowsIssuerOf(claimed);
  if (!isKnown && Date.parse(at) > firstRosterAt + AHEAD_MS)
    throw unlawful('The certificate is of no CA of that time.');
  const certificate = isKnown ? standingCertificate(by, trust) : claimed;
  if (certificate?.device !== device) throw unlawful('The certificate is not good.');
  if (!isOwn && !certificate.duties.includes('administrator')) throw unlawful(`${device} is no administrator.`);
  if (!verify(context, signed, fromBase64url(signature), certificate.publicKey))
    throw unlawful(`It is not signed by ${device}.`);
  return isKnown;
}

function standingCertificate({ certificate, at }: Signed, trust: Trust): DeviceCertificate | undefined {
  const standings = trust.standingsThen(fromBase64url(certificate), Date.parse(at));
  return standings.find((each) => each.certificate !== undefined)?.certificate;
}

function claimsOf({ certificate }: Signed): DeviceCertificate {
  try {
    return parseDeviceCertificate(fromBase64url(certificate));
  } catch (cause) {
    throw asBreach('CLI-87', cause);
  }
}

function unlawful(detail: string): Error {
  return breach('CLI-87', detail);
}
