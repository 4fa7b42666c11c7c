import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  fromBase64url,
  toBase64url,
  type Clock,
  type DeviceAddress,
  type ProofPurpose,
  type ProofTicket,
  type RandomSource,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { PG_POOL } from '../database/tokens.js';
import { CLOCK, RANDOM } from '../ports.js';
import type { SignOnSecrets } from './sign-on.js';

/** How long a link holds, with all that comes of it. */
export const TICKET_MS = 5 * 60_000;
const SECRET_BYTES = 32;

/** A ticket that a page has opened. */
export interface OpenTicket {
  readonly device: DeviceAddress;
  readonly session: string;
  readonly purpose: ProofPurpose;
  readonly code: string;
  /** What the proof has to be made over: base64url. */
  readonly challenge: string;
  /** Once the page has gone to a national sign-on; all three or none. */
  readonly state: string | null;
  readonly nonce: string | null;
  readonly verifier: string | null;
}

const OPENED = 'device, session, purpose, code, challenge, state, nonce, verifier';

/** The way of a session into a browser: a link opens once, and what comes of it is taken once. The database has hashes of both secrets. */
@Injectable()
export class ProofTickets {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: RandomSource,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** A session has one at a time. */
  async create({ device, sessionId }: AuthenticatedDevice, purpose: ProofPurpose): Promise<ProofTicket> {
    const [now, secret, code] = [this.clock.now(), this.secret(), this.code()];
    const expiresAt = new Date(now + TICKET_MS);
    await this.pool.query('DELETE FROM proof_tickets WHERE session = $1 OR expires_at < $2', [
      sessionId,
      new Date(now),
    ]);
    await this.pool.query(
      'INSERT INTO proof_tickets (ticket, device, session, purpose, code, expires_at) VALUES ($1, $2, $3, $4, $5, $6)',
      [hashOf(secret), device, sessionId, purpose, code, expiresAt],
    );
    return {
      // Behind the # it is sent to no server and stands in no log.
      link: `${this.configuration.origin}/second-factor#${secret}`,
      code,
      expiresAt: expiresAt.toISOString(),
    };
  }

  /** @returns undefined where it is not ours, used or out of date. */
  async open(ticket: string): Promise<{ readonly flow: string; readonly opened: OpenTicket } | undefined> {
    const [flow, challenge] = [this.secret(), this.secret()];
    const { rows } = await this.pool.query<OpenTicket>(
      `UPDATE proof_tickets SET flow = $2, challenge = $3 WHERE ticket = $1 AND flow IS NULL AND expires_at > $4
       RETURNING ${OPENED}`,
      [hashOf(ticket), hashOf(flow), challenge, new Date(this.clock.now())],
    );
    return rows[0] && { flow, opened: rows[0] };
  }

  /** @returns what binds the answer of a national sign-on to this flow; once. */
  async toSignOn(flow: string): Promise<{ readonly opened: OpenTicket; readonly secrets: SignOnSecrets } | undefined> {
    const secrets = { state: this.secret(), nonce: this.secret(), verifier: this.secret() };
    const { rows } = await this.pool.query<OpenTicket>(
      `UPDATE proof_tickets SET state = $2, nonce = $3, verifier = $4
       WHERE flow = $1 AND expires_at > $5 AND state IS NULL RETURNING ${OPENED}`,
      [hashOf(flow), secrets.state, secrets.nonce, secrets.verifier, new Date(this.clock.now())],
    );
    return rows[0] && { opened: rows[0], secrets };
  }

  /** Uses it up, whatever comes of it. */
  async take(flow: string): Promise<OpenTicket | undefined> {
    const { rows } = await this.pool.query<OpenTicket>(
      `DELETE FROM proof_tickets WHERE flow = $1 AND expires_at > $2 RETURNING ${OPENED}`,
      [hashOf(flow), new Date(this.clock.now())],
    );
    return rows[0];
  }

  private secret(): string {
    return toBase64url(this.random.bytes(SECRET_BYTES));
  }

  /** Six digits, of 32 bits: evenly enough to compare by. */
  private code(): string {
    const number = Buffer.from(this.random.bytes(4)).readUInt32BE() % 1_000_000;
    const digits = String(number).padStart(6, '0');
    return `${digits.slice(0, 3)} ${digits.slice(3)}`;
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(fromBase64url(secret)).digest('base64url');
}
