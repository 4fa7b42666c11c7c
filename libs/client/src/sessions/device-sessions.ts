import { type CertificateAuthority, sign, signAuthorityRelease } from '#liaison/crypto';
import {
  decodeUntrustedRoster,
  LiaisonError,
  type LockOutcome,
  type LockQuery,
  lockSignedBytes,
  newId,
  type OfficerAddress,
  officerOf,
  releaseSignedBytes,
  type SessionScope,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { ClientSessions, ShownLock } from './client-sessions.js';
import { shownLock } from './shown-lock.js';

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

  async unlockByAuthority(officer: OfficerAddress, reason: string, { key }: CertificateAuthority) {
    const { device, hub, guarded } = this.parts;
    const body = signAuthorityRelease({ officer, reason, at: timestampOf(device.clock) }, key);
    const outcome = await guarded(() => hub.call('unlockByAuthority', { body }));
    if ('lock' in outcome) return { lock: outcome.lock };
    throw new LiaisonError('not-found', `No lock of ${officer} is in force.`, { check: outcome.refused });
  }

  locks(query: Partial<LockQuery> = {}) {
    const { device, hub, trust, guarded } = this.parts;
    return guarded(async () => {
      const { locks } = await hub.call('listLocks', { query });
      // After them: whoever signed may be of a CA that came just now.
      await trust.refreshRoster(hub);
      await trust.refreshRevocations(hub, [device.contactPoint]);
      const current = await device.transact((transaction) => trust.current(transaction));
      return locks
        .map((lock) => shownLock(lock, current, firstRosterAt(device)))
        .filter((lock) => isAskedFor(lock, query));
    });
  }
}

function firstRosterAt({ profile }: Device): number {
  return Date.parse(decodeUntrustedRoster(profile.foundingRoster.roster).issuedAt);
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

/** A lock that is over by who cannot be verified is shown with those that are not: the hub may have made up its end. */
function isAskedFor({ officer, isOver, unverified }: ShownLock, query: Partial<LockQuery>): boolean {
  const isSurelyOver = isOver && unverified === undefined;
  return (query.officer ?? officer) === officer && !(isSurelyOver && query.which === 'open');
}
