import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { Repository } from 'typeorm';
import type { DeviceCertificate } from '#liaison/crypto';
import {
  contactPointOf,
  officerOf,
  type ContactPointId,
  type DeviceAddress,
  type ProofMethod,
} from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { inTransaction } from '../database/in-transaction.js';
import { DeviceRow } from './device.entity.js';
import { isLocked } from './open-locks.js';
import { StoredSessions, type NewSession } from './stored-sessions.js';

/** What is stored of a device that claims a session. */
export interface SessionFacts {
  /** DER of its newest certificate. */
  readonly certificate: Uint8Array;
  readonly fingerprint: string;
  readonly hasEnded: boolean;
  /** How the second proof was made that holds now. */
  readonly provedBy?: ProofMethod;
  /** Until when, in milliseconds since 1970. */
  readonly provedUntil?: number;
}

interface FactsRow {
  readonly certificate: Buffer;
  readonly fingerprint: string;
  readonly has_ended: boolean;
  readonly method: ProofMethod | null;
  readonly proved_until: Date | null;
}

/** A device that has proved its identity, and the session that it asks for. */
export interface ProvedSignIn {
  readonly certificate: DeviceCertificate;
  readonly der: Uint8Array;
  readonly fingerprint: string;
  readonly session: NewSession;
}
type SignInOutcome = 'open' | 'superseded' | 'locked';

/** SQL: until when a proof counts. Hours that were shortened since hold for what was proved before, too. */
export function proofEnds(proof: string, hours: string): string {
  return `least(${proof}.until, ${proof}.proved_at + make_interval(hours => ${hours}::int))`;
}

const SESSION_FACTS = `
  WITH used AS (
    UPDATE sessions SET last_used_at = $4 WHERE session = $2 AND last_used_at < $4::timestamptz - interval '1 minute'
  )
  SELECT certificate, fingerprint, s.session IS NULL OR s.ended_at IS NOT NULL OR ${isLocked('$3::text')} AS has_ended, p.method,
    ${proofEnds('p', '$5')} AS proved_until
  FROM devices d LEFT JOIN sessions s ON s.session = $2 AND s.device = d.device
  LEFT JOIN second_proofs p ON p.device = d.device AND ${proofEnds('p', '$5')} > $4 WHERE d.device = $1`;

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
    private readonly sessions: StoredSessions,
    private readonly appender: LogAppender,
  ) {}

  /**
   * A device has proved its identity: its certificate is kept, its session is open, and the log says so.
   * @returns `superseded` where a certificate that was issued later has signed in already, `locked` where the officer's devices are.
   */
  async signedIn({ certificate, der, fingerprint, session }: ProvedSignIn, at: number): Promise<SignInOutcome> {
    const { device } = certificate;
    const outcome = await inTransaction(this.pool, async (client) => {
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
      if (row === undefined) return 'superseded';
      await client.query(KEEP_CERTIFICATE, [fingerprint, device, contactPointOf(device), Buffer.from(der)]);
      if (!(await this.sessions.add(client, session, at))) return 'locked';
      const ended = await this.sessions.endSurplus(client, session, at);
      const details = { firstSignIn: row.is_first };
      const act = { at: new Date(at).toISOString(), actor: device, subject: { device } };
      await this.appender.append(client, [
        { type: 'session.started', ...act, details },
        ...ended.map(() => ({ type: 'session.ended', ...act }) as const),
      ]);
      return 'open';
    });
    if (outcome === 'open') this.appender.committed();
    return outcome;
  }

  /**
   * One round trip: the newest certificate, and whether the session is over. Its use is noted, to the minute.
   * @param hours how long a second proof counts now.
   */
  async sessionFacts(
    { device, sessionId }: { readonly device: DeviceAddress; readonly sessionId: string },
    { at, hours }: { readonly at: number; readonly hours: number },
  ): Promise<SessionFacts | undefined> {
    const { rows } = await this.pool.query<FactsRow>(SESSION_FACTS, [
      device,
      sessionId,
      officerOf(device),
      new Date(at),
      hours,
    ]);
    const [row] = rows;
    if (row === undefined) return undefined;
    const { certificate, fingerprint, has_ended: hasEnded, method: provedBy, proved_until: until } = row;
    const proof = provedBy !== null && until !== null && { provedBy, provedUntil: until.getTime() };
    return { certificate, fingerprint, hasEnded, ...proof };
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
