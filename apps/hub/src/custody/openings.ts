import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import {
  approvalSignedBytes,
  fromBase64url,
  LIMITS,
  officerOf,
  openingSignedBytes,
  timestampOf,
  type Clock,
  type CustodyOpening,
  type LoggedOrRefused,
  type OpeningApproval,
  type OpeningRequest,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { DeviceStanding } from '../identity/device-standing.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';
import { OpeningStore } from './opening-store.js';
import { isOlderThanADay, isSignedBy } from './signed-act.js';

type Refusal = 'CUS-05' | 'CUS-06' | 'CUS-07' | 'CUS-08' | 'CUS-09';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A request that nobody agreed to within so long is never agreed to. */
const REQUEST_WAITS_MS = 30 * DAY_MS;

/** Administrators ask for deposits of their own contact point; each is in the log before anything is given out. */
@Injectable()
export class Openings {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rosters: RosterService,
    private readonly standing: DeviceStanding,
    private readonly store: OpeningStore,
    private readonly appender: LogAppender,
  ) {}

  /**
   * The same request again is answered as the first time.
   * Refuses: CUS-05 no administrator, or no deposits of their contact point; CUS-06 not signed by the caller's device within the
   * last day; CUS-07 the id is another's; CUS-09 the contact point has asked for as much as one may.
   */
  async request(
    caller: AuthenticatedDevice,
    request: OpeningRequest,
  ): Promise<CustodyOpening | { readonly refused: Refusal }> {
    const { id, channel, records } = request;
    const known = await this.store.find(id);
    if (known !== undefined) return isSame(known.opening, caller, request) ? known.opening : { refused: 'CUS-07' };
    const isAdministrator = caller.duties.includes('administrator');
    if (!isAdministrator || !(await this.store.areDeposited(caller.contactPoint, channel, records)))
      return { refused: 'CUS-05' };
    if (!this.isFresh(caller, request)) return { refused: 'CUS-06' };
    return this.logged(channel, async (client) => {
      // Another call may have been faster.
      const before = await this.store.find(id, client);
      if (before !== undefined)
        return isSame(before.opening, caller, request) ? before.opening : { refused: 'CUS-07' as const };
      if (await this.hasAskedEnough(caller, client)) return { refused: 'CUS-09' as const };
      const index = (await this.appender.append(client, [this.requestedAct(caller, request)])) ?? 0;
      await this.store.addRequest(client, caller, request, index);
      if (!this.wantsTwo(caller)) await this.open(client, caller, request);
      const stored = await this.store.find(id, client);
      return stored?.opening ?? { refused: 'CUS-07' as const };
    });
  }

  private async hasAskedEnough({ contactPoint }: AuthenticatedDevice, client: PoolClient): Promise<boolean> {
    const now = this.clock.now();
    const since = { waiting: now - REQUEST_WAITS_MS, recent: now - DAY_MS };
    const { waiting, recent } = await this.store.counts(contactPoint, since, client);
    return waiting >= LIMITS.openingsWaiting || recent >= LIMITS.openingsPerDay;
  }

  /**
   * Refuses: CUS-05 no such request of the caller's contact point, CUS-06 the request has waited for more than 30 days, or the agreement was
   * not made today; CUS-08 the same officer, not what was asked for, or the asker's certificate is good no more.
   */
  async approve(caller: AuthenticatedDevice, approval: OpeningApproval): Promise<LoggedOrRefused> {
    const known = await this.store.find(approval.opening);
    if (known?.contactPoint !== caller.contactPoint || !caller.duties.includes('administrator'))
      return { refused: 'CUS-05' };
    const { opening } = known;
    const { signature: _, ...said } = approval;
    const at = { signed: approvalSignedBytes(caller.device, said), now: this.clock.now() };
    const isAnother = officerOf(caller.device) !== officerOf(opening.device);
    const agrees = approval.request === opening.signature && isSignedBy(caller, 'custody-approval', approval, at);
    if (!isAnother || !agrees) return { refused: 'CUS-08' };
    if (opening.index !== undefined) return { index: opening.index };
    const isTooLate = Date.parse(opening.at) + REQUEST_WAITS_MS < at.now || isOlderThanADay(approval, at.now);
    if (isTooLate) return { refused: 'CUS-06' };
    // Every member judges both by the time at which it is opened.
    if (this.standing.check(fromBase64url(opening.certificate)).outcome !== 'ok') return { refused: 'CUS-08' };
    return this.logged(opening.channel, async (client) => {
      const before = await this.store.find(opening.id, client);
      if (before?.opening.index !== undefined) return { index: before.opening.index };
      const index = (await this.appender.append(client, [this.approvedAct(caller, opening)])) ?? 0;
      await this.store.addApproval(client, caller, approval, index);
      return { index: await this.open(client, caller, opening) };
    });
  }

  /** One after the other for a channel, whose row is locked before that of the log, as everywhere. */
  private async logged<T>(channel: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const result = await inTransaction(this.pool, async (client) => {
      await client.query('SELECT FROM channels WHERE id = $1 FOR UPDATE', [channel]);
      return work(client);
    });
    this.appender.committed();
    return result;
  }

  /** From here on it may be collected: each record has its entry. @returns the place of the first. */
  private async open(
    client: PoolClient,
    { device, contactPoint }: AuthenticatedDevice,
    { id, channel, records, reason, authority, at, signature }: OpeningRequest,
  ): Promise<number> {
    const now = timestampOf(this.clock);
    const acts = records.map((record): LogAct => ({
      type: 'custody.opened',
      at: now,
      actor: device,
      subject: { channel, record, contactPoint },
      purpose: reason,
      authority,
      details: { opening: id, requestedAt: at, signature },
    }));
    const index = (await this.appender.append(client, acts)) ?? 0;
    await this.store.addOpening(client, id, now, index);
    return index;
  }

  private isFresh(caller: AuthenticatedDevice, request: OpeningRequest): boolean {
    const { signature: _, ...said } = request;
    const now = this.clock.now();
    const signed = openingSignedBytes(caller.device, said);
    return isSignedBy(caller, 'custody-opening', request, { signed, now }) && !isOlderThanADay(request, now);
  }

  private wantsTwo({ contactPoint }: AuthenticatedDevice): boolean {
    return this.rosters.required().contactPoint(contactPoint)?.administratorsToEnrol === 2;
  }

  private requestedAct({ device, contactPoint }: AuthenticatedDevice, request: OpeningRequest): LogAct {
    const { id, channel, records, reason, authority, at, signature } = request;
    return {
      type: 'custody.requested',
      at: timestampOf(this.clock),
      actor: device,
      subject: { channel, contactPoint },
      purpose: reason,
      authority,
      details: { opening: id, records: records.length, requestedAt: at, signature },
    };
  }

  private approvedAct({ device, contactPoint }: AuthenticatedDevice, { id, channel }: CustodyOpening): LogAct {
    const at = timestampOf(this.clock);
    const subject = { channel, contactPoint };
    return { type: 'custody.approved', at, actor: device, subject, details: { opening: id } };
  }
}

function isSame(known: CustodyOpening, { device }: AuthenticatedDevice, { signature }: OpeningRequest): boolean {
  return known.device === device && known.signature === signature;
}
