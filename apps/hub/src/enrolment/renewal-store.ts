import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { LIMITS, type ContactPointId, type DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';

/** A request, as its device signed it. */
export interface StoredRenewal {
  readonly fingerprint: string;
  readonly device: DeviceAddress;
  /** DER. */
  readonly certificate: Buffer;
  readonly at: Date;
  readonly signature: Buffer;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The newest request for each certificate that is still the newest of its device and was not renewed. */
const WAITING = `
  SELECT DISTINCT ON (asked.device) asked.fingerprint, asked.device, asked.certificate, asked.at, asked.signature
  FROM renewal_requests asked
  JOIN devices known ON known.device = asked.device AND known.fingerprint = asked.fingerprint
  WHERE asked.contact_point = $1 AND known.not_after > $2
    AND NOT EXISTS (SELECT FROM renewed_certificates WHERE fingerprint = asked.fingerprint)`;

@Injectable()
export class RenewalStore {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly appender: LogAppender,
  ) {}

  /** By device. */
  async waiting(contactPoint: ContactPointId, now: number): Promise<StoredRenewal[]> {
    const { rows } = await this.pool.query<StoredRenewal>(`${WAITING} ORDER BY asked.device, asked.day DESC LIMIT $3`, [
      contactPoint,
      new Date(now),
      LIMITS.renewalsListed,
    ]);
    return rows;
  }

  async waitingOf(
    contactPoint: ContactPointId,
    device: DeviceAddress,
    now: number,
  ): Promise<StoredRenewal | undefined> {
    const { rows } = await this.pool.query<StoredRenewal>(
      `${WAITING} AND asked.device = $3 ORDER BY asked.device, asked.day DESC`,
      [contactPoint, new Date(now), device],
    );
    return rows[0];
  }

  /** DER of what took the place of a certificate. */
  async renewed(fingerprint: string): Promise<Buffer | undefined> {
    const { rows } = await this.pool.query<{ certificate: Buffer }>(
      'SELECT certificate FROM renewed_certificates WHERE fingerprint = $1',
      [fingerprint],
    );
    return rows[0]?.certificate;
  }

  async isGiven(certificate: Uint8Array): Promise<boolean> {
    const { rowCount } = await this.pool.query('SELECT FROM renewed_certificates WHERE certificate = $1', [
      Buffer.from(certificate),
    ]);
    return rowCount !== 0;
  }

  /** The first of a day; others of the same day say nothing new. */
  async add(contactPoint: ContactPointId, row: StoredRenewal, act: LogAct): Promise<void> {
    const day = Math.floor(Date.parse(act.at) / DAY_MS);
    await this.appender.insertOnce(
      `INSERT INTO renewal_requests (fingerprint, day, contact_point, device, certificate, at, signature, stored_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [row.fingerprint, day, contactPoint, row.device, row.certificate, row.at, row.signature, act.at],
      act,
    );
  }

  /** The first certificate stays. */
  async give(fingerprint: string, certificate: Uint8Array, act: LogAct): Promise<void> {
    await this.appender.insertOnce(
      'INSERT INTO renewed_certificates (fingerprint, given_by, certificate, stored_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [fingerprint, act.actor, Buffer.from(certificate), act.at],
      act,
    );
  }
}
