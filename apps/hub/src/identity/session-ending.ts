import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { officerOf, timestampOf, type Clock, type DeviceAddress, type OfficerAddress } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { FreshProofs } from './fresh-proofs.js';
import { LiveSessions } from './live-sessions.js';
import { waitForOfficer } from './officer-turn.js';
import { StoredSessions, type EndedSession } from './stored-sessions.js';

/** By how much clocks of hub processes may differ, and a transaction may take. */
const APART_MS = 60_000;

/** Ends sessions before their time: durable, logged, then at once on this hub process, and within a second or two on the others. */
@Injectable()
export class SessionEnding {
  /** When this process last looked at what others ended: the database may be away for longer than a moment. */
  private followedAt: number | undefined;

  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly sessions: StoredSessions,
    private readonly live: LiveSessions,
    private readonly fresh: FreshProofs,
    private readonly appender: LogAppender,
  ) {}

  /**
   * @returns those that were the caller's to end, and were not over.
   * @throws LiaisonError `second-factor-needed` (SFA-10) for another officer's: the thief of a device that has proved turns nobody out.
   */
  async some(caller: AuthenticatedDevice, sessions: readonly string[]): Promise<string[]> {
    const ended = await inTransaction(this.pool, async (client) => {
      await this.prepare(client, caller, sessions);
      const found = await this.sessions.end(client, caller, sessions, this.clock.now());
      const unproved = await this.withdrawProofs(client, caller, found);
      const also = await this.sessions.endOf(client, unproved, this.clock.now());
      await this.log(client, caller, [...found, ...also]);
      return [...found, ...also];
    });
    if (ended.length > 0) this.appender.committed();
    this.committed(ended);
    return ended.map(({ session }) => session).filter((session) => sessions.includes(session));
  }

  /** Of all devices of an officer, and their second proofs. Part of a transaction; the caller says {@link committed} once it is durable. */
  async all(client: PoolClient, caller: AuthenticatedDevice, officer: OfficerAddress): Promise<EndedSession[]> {
    const ended = await this.sessions.endAll(client, officer, this.clock.now());
    await client.query('DELETE FROM second_proofs WHERE starts_with(device, $1)', [`${officer}:`]);
    await this.log(client, caller, ended);
    return ended;
  }

  committed(ended: readonly EndedSession[]): void {
    for (const { session, device } of ended) this.live.end(session, device, 'session-ended');
  }

  /** What other hub processes have ended. */
  async follow(): Promise<void> {
    const now = this.clock.now();
    const since = (this.followedAt ?? now) - APART_MS;
    for (const { session, device } of await this.sessions.ended(since, now)) {
      if (this.live.has(session)) this.live.end(session, device, 'session-ended');
    }
    this.followedAt = now;
  }

  /** Proofs of whom it concerns wait, or are waited for. Who ends the own session alone waits for nobody. */
  private async prepare(client: PoolClient, caller: AuthenticatedDevice, sessions: readonly string[]): Promise<void> {
    const devices = await this.sessions.devicesOf(client, caller, sessions, this.clock.now());
    const officers = [...new Set(devices.map(officerOf))].sort();
    for (const officer of officers) await waitForOfficer(client, officer);
    const isOfOthers = officers.some((officer) => officer !== officerOf(caller.device));
    if (isOfOthers) await this.fresh.requireWhereDemanded(caller, client);
  }

  /** Another device whose session was ended has to prove again. @returns the devices that had a proof: its sockets were let in by it. */
  private async withdrawProofs(
    client: PoolClient,
    { device: own }: AuthenticatedDevice,
    ended: readonly EndedSession[],
  ): Promise<DeviceAddress[]> {
    const others = ended.map(({ device }) => device).filter((device) => device !== own);
    if (others.length === 0) return [];
    const { rows } = await client.query<{ device: DeviceAddress }>(
      'DELETE FROM second_proofs WHERE device = ANY($1::text[]) RETURNING device',
      [others],
    );
    return rows.map(({ device }) => device);
  }

  private async log(client: PoolClient, { device: actor }: AuthenticatedDevice, ended: readonly EndedSession[]) {
    const at = timestampOf(this.clock);
    await this.appender.append(
      client,
      ended.map(({ device }) => ({ type: 'session.ended', at, actor, subject: { device } })),
    );
  }
}
