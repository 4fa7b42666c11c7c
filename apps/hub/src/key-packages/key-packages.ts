import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { LIMITS, LiaisonError, timestampOf, toBase64url, type Clock, type DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { ValidKeyPackage } from '#liaison/mls-framing';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import type { DeviceRow } from '../identity/device.entity.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';

/** A KeyPackage that passed every check, as its device sent it. */
export interface CheckedKeyPackage extends ValidKeyPackage {
  readonly bytes: Uint8Array;
}

export interface HeldKeyPackages {
  readonly oneTime: number;
  readonly lastResort: boolean;
}

/** The KeyPackages that wait to be claimed. */
@Injectable()
export class KeyPackages {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly appender: LogAppender,
  ) {}

  count(caller: AuthenticatedDevice): Promise<HeldKeyPackages> {
    return this.countWith(this.pool, caller);
  }

  /**
   * All or none. A KeyPackage that is known, even as claimed, is passed over, so that a lost answer can be repeated.
   * @throws LiaisonError `not-allowed` (KPK-04) beyond the cap.
   */
  async add(caller: AuthenticatedDevice, keyPackages: readonly CheckedKeyPackage[]): Promise<HeldKeyPackages> {
    const hasNewLastResort = keyPackages.some(({ lastResort }) => lastResort);
    const held = await inTransaction(this.pool, async (client) => {
      // Two uploads of one device, one after the other: else both could pass the cap.
      await client.query('SELECT FROM devices WHERE device = $1 FOR UPDATE', [caller.device]);
      await this.forgetStale(client, caller, hasNewLastResort);
      await this.insert(client, caller, keyPackages);
      const counted = await this.countWith(client, caller);
      if (counted.oneTime > LIMITS.keyPackagesPerDevice) throw tooMany();
      const details = { count: keyPackages.length };
      await this.appender.append(client, [{ ...this.actOf('key-packages.published', caller, caller.device), details }]);
      return counted;
    });
    this.appender.committed();
    return held;
  }

  /**
   * Takes one of each device: the oldest one-time KeyPackage, which nobody else will get, else the one of last resort, which stays.
   * @param caller who claims, for the log. @param devices with their newest certificates: a KeyPackage that carries an older one is not handed out.
   * @returns base64url by device; none where the device has none that is valid now.
   */
  async claim(caller: AuthenticatedDevice, devices: readonly DeviceRow[]): Promise<ReadonlyMap<string, string>> {
    const claimed = await inTransaction(this.pool, async (client) => {
      const oneTime = await this.takeOneTime(client, devices);
      const without = devices.filter((known) => !oneTime.has(known.device as DeviceAddress));
      const lastResort = without.length === 0 ? [] : await this.lastResortOf(client, without);
      const taken = new Map([...oneTime, ...lastResort]);
      const acts = [...taken.keys()].map((device) => this.actOf('key-packages.claimed', caller, device));
      await this.appender.append(client, acts);
      return taken;
    });
    if (claimed.size > 0) this.appender.committed();
    return claimed;
  }

  private actOf(type: LogAct['type'], caller: AuthenticatedDevice, device: DeviceAddress): LogAct {
    return { type, at: timestampOf(this.clock), actor: caller.device, subject: { device } };
  }

  private async forgetStale(
    client: PoolClient,
    { device, certificateFingerprint }: AuthenticatedDevice,
    hasNewLastResort: boolean,
  ): Promise<void> {
    await client.query(
      `DELETE FROM key_packages WHERE device = $1
       AND (not_after <= $2 OR (last_resort AND $4) OR (claimed_at IS NULL AND fingerprint <> $3))`,
      [device, new Date(this.clock.now()), certificateFingerprint, hasNewLastResort],
    );
  }

  private async insert(
    client: PoolClient,
    { device, certificateFingerprint }: AuthenticatedDevice,
    keyPackages: readonly CheckedKeyPackage[],
  ): Promise<void> {
    await client.query(
      `INSERT INTO key_packages (reference, device, fingerprint, key_package, last_resort, not_after, added_at)
       SELECT reference, $1, $2, key_package, last_resort, not_after, $3
       FROM unnest($4::text[], $5::bytea[], $6::boolean[], $7::timestamptz[])
         AS added (reference, key_package, last_resort, not_after)
       ON CONFLICT (reference) DO NOTHING`,
      [
        device,
        certificateFingerprint,
        new Date(this.clock.now()),
        keyPackages.map(({ reference }) => reference),
        keyPackages.map(({ bytes }) => Buffer.from(bytes)),
        keyPackages.map(({ lastResort }) => lastResort),
        keyPackages.map(({ lifetime }) => new Date(lifetime.notAfter)),
      ],
    );
  }

  private async countWith(
    source: Pool | PoolClient,
    { device, certificateFingerprint }: AuthenticatedDevice,
  ): Promise<HeldKeyPackages> {
    const { rows } = await source.query<{ one_time: number; last_resort: boolean }>(
      `SELECT count(*) FILTER (WHERE NOT last_resort)::integer AS one_time, coalesce(bool_or(last_resort), false) AS last_resort
       FROM key_packages WHERE device = $1 AND fingerprint = $2 AND claimed_at IS NULL AND not_after > $3`,
      [device, certificateFingerprint, new Date(this.clock.now())],
    );
    return { oneTime: rows[0]?.one_time ?? 0, lastResort: rows[0]?.last_resort ?? false };
  }

  /** SKIP LOCKED: claims at the same moment pass each other by, and each row is marked, so given away, once. */
  private async takeOneTime(client: PoolClient, devices: readonly DeviceRow[]): Promise<Map<DeviceAddress, string>> {
    const { rows } = await client.query<ClaimedRow>(
      `WITH picked AS MATERIALIZED (
         SELECT oldest.* FROM unnest($1::text[], $2::text[]) AS wanted (device, fingerprint)
         CROSS JOIN LATERAL (
           SELECT reference, device, key_package FROM key_packages
           WHERE device = wanted.device AND fingerprint = wanted.fingerprint
             AND NOT last_resort AND claimed_at IS NULL AND not_after > $3
           ORDER BY added_at, reference LIMIT 1 FOR UPDATE SKIP LOCKED
         ) AS oldest
       )
       UPDATE key_packages SET claimed_at = $3, key_package = NULL FROM picked
       WHERE key_packages.reference = picked.reference
       RETURNING picked.device, picked.key_package`,
      [...columnsOf(devices), new Date(this.clock.now())],
    );
    return byDevice(rows);
  }

  private async lastResortOf(client: PoolClient, devices: readonly DeviceRow[]): Promise<Map<DeviceAddress, string>> {
    const { rows } = await client.query<ClaimedRow>(
      `SELECT device, key_package FROM key_packages
       JOIN unnest($1::text[], $2::text[]) AS wanted (device, fingerprint) USING (device, fingerprint)
       WHERE last_resort AND not_after > $3`,
      [...columnsOf(devices), new Date(this.clock.now())],
    );
    return byDevice(rows);
  }
}

function columnsOf(devices: readonly DeviceRow[]): [string[], string[]] {
  return [devices.map(({ device }) => device), devices.map(({ fingerprint }) => fingerprint)];
}

interface ClaimedRow {
  readonly device: DeviceAddress;
  readonly key_package: Buffer;
}

function byDevice(rows: readonly ClaimedRow[]): Map<DeviceAddress, string> {
  return new Map(rows.map((row) => [row.device, toBase64url(row.key_package)]));
}

function tooMany(): LiaisonError {
  const message = `The hub keeps at most ${LIMITS.keyPackagesPerDevice} one-time KeyPackages of a device.`;
  return new LiaisonError('not-allowed', message, { check: 'KPK-04' });
}
