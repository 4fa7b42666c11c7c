import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import {
  holdSignedBytes,
  LIMITS,
  liftSignedBytes,
  timestampOf,
  type Clock,
  type HoldLift,
  type HoldOrder,
  type LegalHold,
  type LoggedOrRefused,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { isOlderThanADay, isSignedBy } from '../custody/signed-act.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { HoldStore } from './hold-store.js';

/** Administrators forbid, and allow again, that records of a channel of theirs are erased. */
@Injectable()
export class Holding {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly holds: HoldStore,
    private readonly appender: LogAppender,
  ) {}

  /**
   * The same again is answered as the first time.
   * Refuses: HLD-01 not signed by the caller's device, HLD-02 no administrator, or no channel of their contact point, HLD-03 the id is another's,
   * HLD-04 its contact point has as many in force as one may have.
   */
  async place(caller: AuthenticatedDevice, hold: HoldOrder): Promise<LoggedOrRefused> {
    const { signature, ...said } = hold;
    const at = { signed: holdSignedBytes(caller.device, said), now: this.clock.now() };
    if (!isSignedBy(caller, 'legal-hold', hold, at)) return { refused: 'HLD-01' };
    const before = await this.holds.find(hold.id);
    if (before?.signature === signature) return { index: before.index };
    if (isOlderThanADay(hold, at.now)) return { refused: 'HLD-01' };
    const isAdministrator = caller.duties.includes('administrator');
    if (!isAdministrator || !(await this.holds.wasIn(caller.contactPoint, hold.channel))) return { refused: 'HLD-02' };
    return this.logged(hold.channel, async (client) => {
      const known = await this.holds.find(hold.id, client);
      if (known !== undefined) return known.signature === signature ? { index: known.index } : { refused: 'HLD-03' };
      if ((await this.holds.countInForce(caller.contactPoint, client)) >= LIMITS.holdsInForce)
        return { refused: 'HLD-04' };
      const index = (await this.appender.append(client, [this.placedAct(caller, hold)])) ?? 0;
      await this.holds.add(client, caller, hold, index);
      return { index };
    });
  }

  /** Refuses: HLD-01; HLD-02 no administrator, or no such hold of their contact point. One that is lifted already answers with the place of that. */
  async lift(caller: AuthenticatedDevice, lift: HoldLift): Promise<LoggedOrRefused> {
    const { signature: _, ...said } = lift;
    const at = { signed: liftSignedBytes(caller.device, said), now: this.clock.now() };
    if (!isSignedBy(caller, 'legal-hold-lift', lift, at)) return { refused: 'HLD-01' };
    const hold = await this.holds.find(lift.hold);
    if (hold?.contactPoint !== caller.contactPoint || !caller.duties.includes('administrator'))
      return { refused: 'HLD-02' };
    if (hold.lift !== undefined) return { index: hold.lift.index };
    if (isOlderThanADay(lift, at.now)) return { refused: 'HLD-01' };
    return this.logged(hold.channel, async (client) => {
      const before = (await this.holds.find(hold.id, client))?.lift;
      if (before !== undefined) return { index: before.index };
      const index = (await this.appender.append(client, [this.liftedAct(caller, hold, lift)])) ?? 0;
      await this.holds.addLift(client, caller, lift, index);
      return { index };
    });
  }

  /** An erasure of the same channel comes before or after, as its row says. */
  private async logged<T>(channel: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const result = await inTransaction(this.pool, async (client) => {
      await client.query('SELECT FROM channels WHERE id = $1 FOR UPDATE', [channel]);
      return work(client);
    });
    this.appender.committed();
    return result;
  }

  private placedAct({ device, contactPoint }: AuthenticatedDevice, hold: HoldOrder): LogAct {
    const { id, channel, records, since, until, reason, authority, at, signature } = hold;
    return {
      type: 'hold.placed',
      at: timestampOf(this.clock),
      actor: device,
      subject: { channel, contactPoint },
      purpose: reason,
      authority,
      details: {
        hold: id,
        placedAt: at,
        signature,
        ...(records && { records: records.length }),
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
      },
    };
  }

  private liftedAct({ device, contactPoint }: AuthenticatedDevice, hold: LegalHold, lift: HoldLift): LogAct {
    return {
      type: 'hold.lifted',
      at: timestampOf(this.clock),
      actor: device,
      subject: { channel: hold.channel, contactPoint },
      purpose: lift.reason,
      details: { hold: hold.id, liftedAt: lift.at, signature: lift.signature },
    };
  }
}
