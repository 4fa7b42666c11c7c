import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { LIMITS, officerOf, type DeviceAddress } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { isLocked } from './open-locks.js';

/** A session as it is opened. Times in milliseconds since 1970. */
export interface NewSession {
  readonly id: string;
  readonly device: DeviceAddress;
  /** Where it is opened from, shortened. */
  readonly network: string;
  readonly expiresAt: number;
}

const ADD = `
  WITH forgotten AS (DELETE FROM sessions WHERE expires_at < $4)
  INSERT INTO sessions (session, device, network, started_at, last_used_at, expires_at)
  SELECT $1, $2, $3, $4, $4, $5 WHERE NOT ${isLocked('$6::text')}`;

/** Whose they are is for the caller's own officer, and for an administrator of the contact point. */
const CALLERS = `(starts_with(s.device, $2) OR ($3::boolean AND starts_with(s.device, $4)))`;

const TO_END = `s.session = ANY($1::text[]) AND s.ended_at IS NULL AND s.expires_at > $5 AND ${CALLERS}`;

const END = `UPDATE sessions s SET ended_at = $5 WHERE ${TO_END} RETURNING s.session, s.device`;

const DEVICES_TO_END = `SELECT DISTINCT s.device FROM sessions s WHERE ${TO_END} AND s.session <> $6`;

const END_SURPLUS = `
  UPDATE sessions SET ended_at = $2 WHERE session IN (
    SELECT session FROM sessions WHERE device = $1 AND session <> $3 AND ended_at IS NULL AND expires_at > $2
    ORDER BY started_at DESC, session DESC OFFSET ${LIMITS.sessionsPerDevice - 1})
  RETURNING session, device`;

export interface EndedSession {
  readonly session: string;
  readonly device: DeviceAddress;
}

/** The sessions of every hub process. */
@Injectable()
export class StoredSessions {
  constructor(@Inject(PG_POOL) private readonly pool: Pool) {}

  /** @returns false where the officer's devices are locked: nothing was opened. */
  async add(client: PoolClient, { id, device, network, expiresAt }: NewSession, at: number): Promise<boolean> {
    const values = [id, device, network, new Date(at), new Date(expiresAt), officerOf(device)];
    return (await client.query(ADD, values)).rowCount === 1;
  }

  /** So that a list of them stays one that people can read: beside the one that was just opened, the oldest of its device end. */
  async endSurplus(client: PoolClient, { id, device }: NewSession, at: number): Promise<EndedSession[]> {
    return (await client.query<EndedSession>(END_SURPLUS, [device, new Date(at), id])).rows;
  }

  /** Those of these that are the caller's to end, and were not over. */
  async end(
    client: PoolClient,
    caller: AuthenticatedDevice,
    sessions: readonly string[],
    at: number,
  ): Promise<EndedSession[]> {
    return (await client.query<EndedSession>(END, toEnd(caller, sessions, at))).rows;
  }

  /** Whose {@link end} would end, but for the caller's session itself. */
  async devicesOf(
    client: PoolClient,
    caller: AuthenticatedDevice,
    sessions: readonly string[],
    at: number,
  ): Promise<DeviceAddress[]> {
    const values = [...toEnd(caller, sessions, at), caller.sessionId];
    const { rows } = await client.query<{ device: DeviceAddress }>(DEVICES_TO_END, values);
    return rows.map(({ device }) => device);
  }

  /** Whether it goes on, and does until the transaction ends: who ends it waits. It may run out meanwhile. */
  async goesOn(
    client: PoolClient,
    { session, device }: { readonly session: string; readonly device: DeviceAddress },
  ): Promise<boolean> {
    const { rowCount } = await client.query(
      `SELECT FROM sessions s WHERE session = $1 AND device = $2 AND ended_at IS NULL AND NOT ${isLocked('$3::text')} FOR SHARE`,
      [session, device, officerOf(device)],
    );
    return rowCount === 1;
  }

  /** All of an officer. */
  async endAll(client: PoolClient, officer: string, at: number): Promise<EndedSession[]> {
    const { rows } = await client.query<EndedSession>(
      `UPDATE sessions SET ended_at = $2 WHERE starts_with(device, $1) AND ended_at IS NULL AND expires_at > $2
       RETURNING session, device`,
      [`${officer}:`, new Date(at)],
    );
    return rows;
  }

  /** All of these devices. */
  async endOf(client: PoolClient, devices: readonly DeviceAddress[], at: number): Promise<EndedSession[]> {
    if (devices.length === 0) return [];
    const { rows } = await client.query<EndedSession>(
      `UPDATE sessions SET ended_at = $2 WHERE device = ANY($1::text[]) AND ended_at IS NULL AND expires_at > $2
       RETURNING session, device`,
      [devices, new Date(at)],
    );
    return rows;
  }

  /** What any hub process has ended since a time, and would not be over by itself. */
  async ended(since: number, now: number): Promise<EndedSession[]> {
    const { rows } = await this.pool.query<EndedSession>(
      'SELECT session, device FROM sessions WHERE ended_at >= $1 AND expires_at > $2',
      [new Date(since), new Date(now)],
    );
    return rows;
  }
}

function toEnd({ device, contactPoint, duties }: AuthenticatedDevice, sessions: readonly string[], at: number) {
  return [sessions, `${officerOf(device)}:`, duties.includes('administrator'), `${contactPoint}:`, new Date(at)];
}
