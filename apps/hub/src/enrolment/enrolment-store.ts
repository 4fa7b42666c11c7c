import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { LIMITS, type ContactPointId, type DeviceAddress, type InvitationId } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';

/** An invitation and what came of it. */
export interface StoredInvitation {
  readonly id: InvitationId;
  readonly contactPoint: ContactPointId;
  /** Canonical JSON, valid when it was stored. */
  readonly invitation: string;
  readonly signature: Buffer;
  /** DER. */
  readonly inviterCertificate: Buffer;
  readonly tokenHash: Buffer;
  readonly expiresAt: Date;
  readonly publicKey: Buffer | null;
  readonly proof: Buffer | null;
  readonly requestedAt: Date | null;
  readonly decidedBy: DeviceAddress | null;
  readonly decidedAt: Date | null;
  /** DER; with a decision: none where it was refused. */
  readonly certificate: Buffer | null;
}

const SELECT = `
  SELECT i.id, i.contact_point AS "contactPoint", i.invitation, i.signature, i.inviter_certificate AS "inviterCertificate",
    i.token_hash AS "tokenHash", i.expires_at AS "expiresAt", r.public_key AS "publicKey", r.proof, r.stored_at AS "requestedAt",
    d.decided_by AS "decidedBy", d.stored_at AS "decidedAt", d.certificate
  FROM invitations i
  LEFT JOIN enrolment_requests r ON r.invitation = i.id
  LEFT JOIN enrolment_decisions d ON d.invitation = i.id`;

/** Invitations, requests and decisions: rows that are written once, each with its entry in the log. */
@Injectable()
export class EnrolmentStore {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly appender: LogAppender,
  ) {}

  async find(id: InvitationId): Promise<StoredInvitation | undefined> {
    const { rows } = await this.pool.query<StoredInvitation>(`${SELECT} WHERE i.id = $1`, [id]);
    return rows[0];
  }

  /** Newest first. */
  async newestOf(contactPoint: ContactPointId): Promise<StoredInvitation[]> {
    const { rows } = await this.pool.query<StoredInvitation>(
      `${SELECT} WHERE i.contact_point = $1 ORDER BY i.stored_at DESC LIMIT $2`,
      [contactPoint, LIMITS.invitationsListed],
    );
    return rows;
  }

  /** @returns false where the id is taken. */
  addInvitation(
    row: Pick<StoredInvitation, 'id' | 'contactPoint' | 'invitation' | 'expiresAt'> &
      Readonly<Record<'signature' | 'inviterCertificate' | 'tokenHash', Uint8Array>>,
    act: LogAct,
  ): Promise<boolean> {
    return this.appender.insertOnce(
      `INSERT INTO invitations (id, contact_point, invitation, signature, inviter_certificate, token_hash, expires_at, stored_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [
        ...[row.id, row.contactPoint, row.invitation, Buffer.from(row.signature)],
        ...[Buffer.from(row.inviterCertificate), Buffer.from(row.tokenHash), row.expiresAt, act.at],
      ],
      act,
    );
  }

  /** @returns false where a key has come in already. */
  addRequest(
    id: InvitationId,
    request: Readonly<Record<'publicKey' | 'proof', Uint8Array>>,
    act: LogAct,
  ): Promise<boolean> {
    return this.appender.insertOnce(
      'INSERT INTO enrolment_requests (invitation, public_key, proof, stored_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [id, Buffer.from(request.publicKey), Buffer.from(request.proof), act.at],
      act,
    );
  }

  /** @param certificate none: refused. @returns false where it was decided already. */
  addDecision(id: InvitationId, certificate: Uint8Array | undefined, act: LogAct): Promise<boolean> {
    return this.appender.insertOnce(
      'INSERT INTO enrolment_decisions (invitation, decided_by, certificate, stored_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [id, act.actor, certificate && Buffer.from(certificate), act.at],
      act,
    );
  }
}
