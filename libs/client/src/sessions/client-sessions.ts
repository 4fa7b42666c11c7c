import type { CertificateAuthority } from '#liaison/crypto';
import type { LiveSession, LockQuery, OfficerAddress, OfficerLock, SessionScope } from '#liaison/protocol';

/** A lock as this device could verify it. */
export interface ShownLock extends OfficerLock {
  /** What could not be, where a signer's CA stood in rosters before this device's first alone; all else was. */
  readonly unverified?: string;
}

/** Where this officer, or for an administrator the contact point, is signed in, and whose devices are shut out. */
export interface ClientSessions {
  /** The newest first. For others than administrators `contact-point` has none. */
  list(scope: SessionScope): Promise<LiveSession[]>;
  /** At once, everywhere. @returns those that this call ended. */
  end(sessions: readonly string[]): Promise<string[]>;
  /**
   * Shuts out all devices of an officer: default the own, for an administrator any of the contact point. Signed by this device. An officer who is
   * locked already stays so.
   * @throws LiaisonError `not-allowed` (LCK-02).
   */
  lock(reason: string, officer?: OfficerAddress): Promise<{ readonly lock: string }>;
  /**
   * An administrator, another than the locked officer, lets them in again.
   * @returns whether they are still locked, for a second administrator has to agree. @throws LiaisonError `not-allowed` (LCK-02, LCK-04).
   */
  unlock(lock: string, reason: string): Promise<{ readonly isLocked: boolean }>;
  /**
   * As the holder of the contact point's CA: lets an officer in again by its signature. Nobody has to be signed in for it.
   * @throws LiaisonError `bad-signature` (LCK-05), `not-found` (LCK-02).
   */
  unlockByAuthority(
    officer: OfficerAddress,
    reason: string,
    ca: CertificateAuthority,
  ): Promise<{ readonly lock: string }>;
  /**
   * Of the contact point for its administrators, else the own; those in force first; each verified, or with the reason why it could not be.
   * @param query of one officer; `open`: only those in force. @throws LiaisonError `integrity` CLI-87.
   */
  locks(query?: Partial<LockQuery>): Promise<ShownLock[]>;
}
