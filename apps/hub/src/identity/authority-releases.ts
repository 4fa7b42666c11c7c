import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { isReleasedByAuthority } from '#liaison/crypto';
import {
  contactPointOf,
  LiaisonError,
  timestampOf,
  type AuthorityRelease,
  type Clock,
  type LockOutcome,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';
import { LockStore } from './lock-store.js';
import { waitForOfficer } from './officer-turn.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Ends locks by the contact point's CA: the way in again where everybody who could unlock is locked (docs/spec/session.md#lock). */
@Injectable()
export class AuthorityReleases {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rosters: RosterService,
    private readonly store: LockStore,
    private readonly appender: LogAppender,
  ) {}

  /**
   * Ends the lock that is in force, and no later one: the same again is answered as the first time.
   * Refuses: LCK-02 no lock of this officer is in force. @throws LiaisonError `bad-signature` (LCK-05).
   */
  async release(release: AuthorityRelease): Promise<LockOutcome> {
    this.requireSigned(release);
    const outcome = await inTransaction(this.pool, async (client): Promise<LockOutcome> => {
      await waitForOfficer(client, release.officer);
      const ended = await this.store.endedBy(client, release);
      if (ended?.byAuthority !== undefined)
        return { lock: ended.id, index: ended.byAuthority.index, isLocked: !ended.isOver };
      const lock = await this.store.open(release.officer, client);
      return lock === undefined ? { refused: 'LCK-02' } : this.released(client, release, lock.id);
    });
    this.appender.committed();
    return outcome;
  }

  private requireSigned(release: AuthorityRelease): void {
    const now = this.clock.now();
    const roster = this.rosters.required();
    const point = roster.contactPoint(contactPointOf(release.officer));
    const isOfNow = Math.abs(Date.parse(release.at) - now) <= DAY_MS;
    if (isOfNow && point && isReleasedByAuthority(release, roster.authoritiesOf(point), now)) return;
    const message = 'This is not signed by the CA of the contact point, or not today.';
    throw new LiaisonError('bad-signature', message, { check: 'LCK-05' });
  }

  private async released(client: PoolClient, release: AuthorityRelease, lock: string): Promise<LockOutcome> {
    const { officer, reason: purpose, at: unlockedAt, signature } = release;
    const details = { lock, unlockedAt, signature, completes: true, by: 'authority' };
    const acts = (await this.store.devicesOf(client, officer)).map((device): LogAct => ({
      type: 'officer.unlocked',
      at: timestampOf(this.clock),
      actor: 'hub',
      subject: { device, contactPoint: contactPointOf(officer) },
      purpose,
      details,
    }));
    const index = (await this.appender.append(client, acts)) ?? 0;
    await this.store.addAuthorityRelease(client, lock, release, index);
    return { lock, index, isLocked: false };
  }
}
