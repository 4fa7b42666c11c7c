import { sign, verify } from '#liaison/crypto';
import {
  contactPointOf,
  fromBase64url,
  LiaisonError,
  type LockOutcome,
  type LockQuery,
  lockSignedBytes,
  newId,
  type OfficerAddress,
  officerOf,
  type OfficerLock,
  releaseSignedBytes,
  type SessionScope,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { asBreach, breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import type { Trust } from '../trust.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { ClientSessions, ShownLock } from './client-sessions.js';

export interface SessionParts {
  readonly device: Device;
  readonly hub: Hub;
  readonly trust: TrustKeeper;
  /** A breach becomes an alarm and is still an error for the caller. */
  readonly guarded: <T>(step: () => Promise<T>) => Promise<T>;
}

/** {@link ClientSessions}, for one device. */
export class DeviceSessions implements ClientSessions {
  constructor(private readonly parts: SessionParts) {}

  async list(scope: SessionScope) {
    const { hub, guarded } = this.parts;
    return (await guarded(() => hub.call('listSessions', { query: { scope } }))).sessions;
  }

  async end(sessions: readonly string[]) {
    const { hub, guarded } = this.parts;
    return (await guarded(() => hub.call('endSessions', { body: { sessions: [...sessions] } }))).ended;
  }

  async lock(reason: string, officer?: OfficerAddress) {
    const { device, hub, guarded } = this.parts;
    const { address, key, clock, random } = device;
    const said = { id: newId(clock, random), officer: officer ?? officerOf(address), reason, at: timestampOf(clock) };
    const signature = toBase64url(sign('officer-lock', lockSignedBytes(address, said), key));
    const { lock } = required(await guarded(() => hub.call('lockOfficer', { body: { ...said, signature } })));
    return { lock };
  }

  async unlock(lock: string, reason: string) {
    const { device, hub, guarded } = this.parts;
    const { address, key, clock } = device;
    const said = { lock, reason, at: timestampOf(clock) };
    const signature = toBase64url(sign('officer-unlock', releaseSignedBytes(address, said), key));
    const { isLocked } = required(await guarded(() => hub.call('unlockOfficer', { body: { ...said, signature } })));
    return { isLocked };
  }

  locks(query: Partial<LockQuery> = {}) {
    const { device, hub, trust, guarded } = this.parts;
    return guarded(async () => {
      await trust.refreshRevocations(hub, [device.contactPoint]);
      const { locks } = await hub.call('listLocks', { query });
      const current = await device.transact((transaction) => trust.current(transaction));
      return locks.filter((lock) => isAskedFor(lock, query)).map((lock) => judged(lock, current));
    });
  }
}

function required(outcome: LockOutcome): Extract<LockOutcome, { lock: string }> {
  if ('lock' in outcome) return outcome;
  const { refused: check } = outcome;
  throw new LiaisonError('not-allowed', REFUSALS[check] ?? 'The hub refuses.', { check });
}

const REFUSALS: Readonly<Record<string, string>> = {
  'LCK-01': 'The hub does not take this for signed by this device, or your clock is far ahead.',
  'LCK-02':
    'Only the officer, or an administrator of the contact point, may; and there has to be such a lock, or a device of the officer that has signed in.',
  'LCK-03': 'A lock with this id is there already.',
  'LCK-04': 'An officer does not unlock their own devices. Ask another administrator of your contact point.',
};

function isAskedFor({ officer, isOver }: OfficerLock, query: Partial<LockQuery>): boolean {
  return (query.officer ?? officer) === officer && !(isOver && query.which === 'open');
}

/** @throws LiaisonError `integrity` CLI-87. */
function judged(lock: OfficerLock, trust: Trust): ShownLock {
  const unknown = [lock, ...lock.releases].find(({ certificate }) => !isOfKnownCa(certificate, trust));
  if (unknown !== undefined)
    return {
      ...lock,
      unverified: `No roster that this device has seen names the CA that certified ${unknown.device}.`,
    };
  requireLawful(lock, trust);
  return lock;
}

function isOfKnownCa(certificate: string, trust: Trust): boolean {
  try {
    return trust.knowsIssuerOf(fromBase64url(certificate));
  } catch (cause) {
    throw asBreach('CLI-87', cause);
  }
}

/** @throws LiaisonError `integrity` CLI-87. */
function requireLawful(lock: OfficerLock, trust: Trust): void {
  const [contactPoint] = lock.officer.split(':');
  const isOwn = officerOf(lock.device) === lock.officer;
  requireSigner(lock, { context: 'officer-lock', signed: lockSignedBytes(lock.device, lock), isOwn }, trust);
  if (contactPointOf(lock.device) !== contactPoint) throw unlawful(`${lock.device} is of another contact point.`);
  for (const release of lock.releases) {
    if (contactPointOf(release.device) !== contactPoint || officerOf(release.device) === lock.officer)
      throw unlawful(`${release.device} may not end the lock of ${lock.officer}.`);
    const signed = releaseSignedBytes(release.device, { ...release, lock: lock.id });
    requireSigner(release, { context: 'officer-unlock', signed, isOwn: false }, trust);
  }
  const releases = new Set(lock.releases.map(({ signature }) => signature)).size;
  if (lock.isOver && releases === 0) throw unlawful(`Nobody has ended the lock of ${lock.officer}.`);
  if (releases !== lock.releases.length) throw unlawful('One agreement stands for two.');
}

interface Signed {
  readonly device: OfficerLock['device'];
  readonly certificate: string;
  readonly at: string;
  readonly signature: string;
}

/** A device that was revoked, has expired, or whose CA was replaced since has signed all the same. */
function requireSigner(
  { device, certificate: der, at, signature }: Signed,
  { context, signed, isOwn }: { readonly context: string; readonly signed: Uint8Array; readonly isOwn: boolean },
  trust: Trust,
): void {
  const standings = trust.standingsThen(fromBase64url(der), Date.parse(at));
  const certificate = standings.find((each) => each.certificate !== undefined)?.certificate;
  if (certificate?.device !== device) throw unlawful('The certificate is not good.');
  if (!isOwn && !certificate.duties.includes('administrator')) throw unlawful(`${device} is no administrator.`);
  if (!verify(context, signed, fromBase64url(signature), certificate.publicKey))
    throw unlawful(`It is not signed by ${device}.`);
}

function unlawful(detail: string): LiaisonError {
  return breach('CLI-87', detail);
}
