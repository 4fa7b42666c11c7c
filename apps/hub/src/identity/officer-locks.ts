import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import {
  fromBase64url,
  lockSignedBytes,
  officerOf,
  releaseSignedBytes,
  timestampOf,
  type Clock,
  type ContactPointId,
  type DeviceAddress,
  type LockOrder,
  type LockOutcome,
  type LockQuery,
  type LockRelease,
  type OfficerAddress,
  type OfficerLock,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { isSignedBy } from '../custody/signed-act.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';
import { DeviceStanding } from './device-standing.js';
import { FreshProofs } from './fresh-proofs.js';
import { LockStore, type StoredLock } from './lock-store.js';
import { waitForOfficer } from './officer-turn.js';
import { SessionEnding } from './session-ending.js';

/** Locks all devices of an officer, and ends locks (docs/spec/session.md#lock). */
@Injectable()
export class OfficerLocks {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rosters: RosterService,
    private readonly standing: DeviceStanding,
    private readonly fresh: FreshProofs,
    private readonly store: LockStore,
    private readonly ending: SessionEnding,
    private readonly appender: LogAppender,
  ) {}

  /**
   * An officer who is locked already stays so by the first lock, which is the answer.
   * Refuses: LCK-01 not signed by the caller's device, LCK-02 neither the caller's officer nor one of the contact point that the caller
   * administers, or none that ever signed in; LCK-03 the id is another's.
   * @throws LiaisonError `second-factor-needed` (SFA-10) for another's devices: the thief of a device that has proved locks nobody out.
   */
  async lock(caller: AuthenticatedDevice, order: LockOrder): Promise<LockOutcome> {
    const { signature: _, ...said } = order;
    const at = { signed: lockSignedBytes(caller.device, said), now: this.clock.now() };
    if (!isSignedBy(caller, 'officer-lock', order, at)) return { refused: 'LCK-01' };
    if (!mayLock(caller, order.officer)) return { refused: 'LCK-02' };
    if (officerOf(caller.device) !== order.officer) await this.fresh.requireWhereDemanded(caller);
    const done = await inTransaction(this.pool, async (client) => {
      await waitForOfficer(client, order.officer);
      const open = await this.store.open(order.officer, client);
      if (open !== undefined) return { outcome: outcomeOf(open), ended: [] };
      if ((await this.store.find(order.id, client)) !== undefined) return { outcome: { refused: 'LCK-03' }, ended: [] };
      return this.shutOut(client, caller, order);
    });
    if (done.ended.length > 0) this.ending.committed(done.ended);
    this.appender.committed();
    return done.outcome;
  }

  /**
   * The same administrator again is answered as the first time, unless the lock ends by it. Only who administers now counts.
   * Refuses: LCK-01; LCK-02 no such lock of the contact point that the caller administers; LCK-04 the caller is the locked officer.
   * @throws LiaisonError `second-factor-needed` (SFA-10).
   */
  async release(caller: AuthenticatedDevice, release: LockRelease): Promise<LockOutcome> {
    const { signature: _, ...said } = release;
    const at = { signed: releaseSignedBytes(caller.device, said), now: this.clock.now() };
    if (!isSignedBy(caller, 'officer-unlock', release, at)) return { refused: 'LCK-01' };
    const known = await this.store.find(release.lock);
    if (known?.contactPoint !== caller.contactPoint || !caller.duties.includes('administrator'))
      return { refused: 'LCK-02' };
    if (officerOf(caller.device) === known.officer) return { refused: 'LCK-04' };
    await this.fresh.requireWhereDemanded(caller);
    const outcome = await inTransaction(this.pool, async (client) => {
      await waitForOfficer(client, known.officer);
      const lock = (await this.store.find(known.id, client)) ?? known;
      return this.released(client, caller, release, lock);
    });
    this.appender.committed();
    return outcome;
  }

  async list(caller: AuthenticatedDevice, query: LockQuery): Promise<OfficerLock[]> {
    return (await this.store.list(caller, query)).map(({ contactPoint: _, ...lock }) => lock);
  }

  private async shutOut(client: PoolClient, caller: AuthenticatedDevice, order: LockOrder) {
    const devices = await this.store.devicesOf(client, order.officer);
    if (devices.length === 0) return { outcome: { refused: 'LCK-02' }, ended: [] };
    const ended = await this.ending.all(client, caller, order.officer);
    const { id, reason: purpose, at: lockedAt, signature } = order;
    const acts = devices.map((device) => ({
      ...this.actOf('officer.locked', caller, device),
      purpose,
      details: { lock: id, lockedAt, signature },
    }));
    const index = (await this.appender.append(client, acts)) ?? 0;
    await this.store.add(client, caller, order, index);
    return { outcome: { lock: id, index, isLocked: true }, ended };
  }

  private async released(
    client: PoolClient,
    caller: AuthenticatedDevice,
    release: LockRelease,
    lock: StoredLock,
  ): Promise<LockOutcome> {
    const isOwn = ({ device }: { device: DeviceAddress }) => officerOf(device) === officerOf(caller.device);
    if (lock.isOver) return outcomeOf({ ...lock, ...lock.releases.findLast(isOwn), id: lock.id });
    const counting = lock.releases.filter((each) => this.counts(each, caller.contactPoint));
    const completes = !this.wantsTwo(caller) || counting.some((each) => !isOwn(each));
    const own = counting.find(isOwn);
    if (own !== undefined && !completes) return { lock: lock.id, index: own.index, isLocked: true };
    const { reason: purpose, at: unlockedAt, signature } = release;
    const acts = (await this.store.devicesOf(client, lock.officer)).map((device) => ({
      ...this.actOf('officer.unlocked', caller, device),
      purpose,
      details: { lock: lock.id, unlockedAt, signature, completes },
    }));
    const index = (await this.appender.append(client, acts)) ?? 0;
    await this.store.addRelease(client, caller, release, { index, completes });
    return { lock: lock.id, index, isLocked: !completes };
  }

  /** Who agreed before may have been revoked since, or administers no more. */
  private counts({ certificate: der }: { readonly certificate: string }, contactPoint: ContactPointId): boolean {
    const standing = this.standing.check(fromBase64url(der));
    return (
      standing.outcome === 'ok' &&
      standing.contactPoint === contactPoint &&
      standing.certificate.duties.includes('administrator')
    );
  }

  private wantsTwo({ contactPoint }: AuthenticatedDevice): boolean {
    return this.rosters.required().contactPoint(contactPoint)?.administratorsToEnrol === 2;
  }

  private actOf(
    type: 'officer.locked' | 'officer.unlocked',
    { device: actor, contactPoint }: AuthenticatedDevice,
    device: DeviceAddress,
  ): LogAct {
    return { type, at: timestampOf(this.clock), actor, subject: { device, contactPoint } };
  }
}

function mayLock({ device, contactPoint, duties }: AuthenticatedDevice, officer: OfficerAddress): boolean {
  return officerOf(device) === officer || (duties.includes('administrator') && officer.startsWith(`${contactPoint}:`));
}

function outcomeOf({ id, index, isOver }: StoredLock): LockOutcome {
  return { lock: id, index, isLocked: !isOver };
}
