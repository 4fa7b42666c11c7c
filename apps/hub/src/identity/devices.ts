import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { Repository } from 'typeorm';
import type { DeviceCertificate } from '#liaison/crypto';
import { contactPointOf, type ContactPointId, type DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { inTransaction } from '../database/in-transaction.js';
import { DeviceRow } from './device.entity.js';

/** What is stored of a device that claims a session. */
export interface SessionFacts {
  /** DER of its newest certificate. */
  readonly certificate: Uint8Array;
  readonly fingerprint: string;
  readonly hasEnded: boolean;
}

/** `xmax` is 0 in a row that was inserted, not updated. */
const REMEMBER = `
  INSERT INTO devices AS known (device, contact_point, certificate, fingerprint, not_before, not_after, first_seen_at, last_seen_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
  ON CONFLICT (device) DO UPDATE SET certificate = excluded.certificate, fingerprint = excluded.fingerprint,
    not_before = excluded.not_before, not_after = excluded.not_after, last_seen_at = excluded.last_seen_at
  WHERE known.not_before <= excluded.not_before
  RETURNING xmax = 0 AS is_first`;

const KEEP_CERTIFICATE = `
  INSERT INTO device_certificates (fingerprint, device, contact_point, certificate) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING`;

/** The devices that have signed in. */
@Injectable()
export class Devices {
  constructor(
    @InjectRepository(DeviceRow) private readonly rows: Repository<DeviceRow>,
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly appender: LogAppender,
  ) {}

  /**
   * A device has proved its identity: its certificate is kept, and the log says so.
   * @returns false where a certificate that was issued later has signed in already: then this one is superseded.
   */
  async signedIn(certificate: DeviceCertificate, der: Uint8Array, fingerprint: string, at: number): Promise<boolean> {
    const { device } = certificate;
    const isNewest = await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ is_first: boolean }>(REMEMBER, [
        device,
        contactPointOf(device),
        Buffer.from(der),
        fingerprint,
        new Date(certificate.notBefore),
        new Date(certificate.notAfter),
        new Date(at),
      ]);
      const [row] = rows;
      if (row === undefined) return false;
      await client.query(KEEP_CERTIFICATE, [fingerprint, device, contactPointOf(device), Buffer.from(der)]);
      const details = { firstSignIn: row.is_first };
      await this.appender.append(client, [{ ...actOf('session.started', device, at), details }]);
      return true;
    });
    if (isNewest) this.appender.committed();
    return isNewest;
  }

  /** One round trip: the newest certificate, and whether the session was ended. */
  async sessionFacts(device: DeviceAddress, sessionId: string): Promise<SessionFacts | undefined> {
    const { rows } = await this.pool.query<{ certificate: Buffer; fingerprint: string; has_ended: boolean }>(
      `SELECT certificate, fingerprint, EXISTS (SELECT FROM ended_sessions WHERE session = $2) AS has_ended
       FROM devices WHERE device = $1`,
      [device, sessionId],
    );
    const [row] = rows;
    return row && { certificate: row.certificate, fingerprint: row.fingerprint, hasEnded: row.has_ended };
  }

  async endSession(device: DeviceAddress, sessionId: string, expiresAt: number, at: number): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await client.query(
        `WITH forgotten AS (DELETE FROM ended_sessions WHERE expires_at < $3)
         INSERT INTO ended_sessions (session, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
        [sessionId, new Date(expiresAt), new Date(at)],
      );
      await this.appender.append(client, [actOf('session.ended', device, at)]);
    });
    this.appender.committed();
  }

  /** Newest certificates, by device address. */
  certificates(devices: readonly DeviceAddress[]): Promise<DeviceRow[]> {
    return this.rows.createQueryBuilder('known').where('known.device = ANY(:devices)', { devices }).getMany();
  }

  ofContactPoint(contactPoint: ContactPointId): Promise<DeviceRow[]> {
    return this.rows.find({ where: { contactPoint }, order: { device: 'ASC' } });
  }

  /** All that its devices have shown, by device: DER. */
  async certificatesOf(contactPoint: ContactPointId): Promise<ReadonlyMap<string, readonly Buffer[]>> {
    const { rows } = await this.pool.query<{ device: string; certificates: Buffer[] }>(
      `SELECT device, array_agg(certificate) AS certificates FROM device_certificates WHERE contact_point = $1 GROUP BY device`,
      [contactPoint],
    );
    return new Map(rows.map(({ device, certificates }) => [device, certificates]));
  }
}

/** What a device did to itself. @param at milliseconds since 1970. */
function actOf(type: 'session.started' | 'session.ended', device: DeviceAddress, at: number): LogAct {
  return { type, at: new Date(at).toISOString(), actor: device, subject: { device } };
}
