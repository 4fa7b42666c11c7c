import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** An invitation as its administrator signed it. */
@Entity('invitations')
@Index('invitations_contact_point', ['contactPoint', 'storedAt'])
export class InvitationRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'invitations_pkey' })
  id!: string;

  @Column('text', { name: 'contact_point' })
  contactPoint!: string;

  /** Canonical JSON. */
  @Column('text')
  invitation!: string;

  @Column('bytea')
  signature!: Buffer;

  /** DER. */
  @Column('bytea', { name: 'inviter_certificate' })
  inviterCertificate!: Buffer;

  /** SHA-256 of what the new device shows. */
  @Column('bytea', { name: 'token_hash' })
  tokenHash!: Buffer;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;

  @Column('timestamp with time zone', { name: 'stored_at', precision: 3 })
  storedAt!: Date;
}

/** The key that came in on an invitation: the first, and no other. */
@Entity('enrolment_requests')
export class EnrolmentRequestRow {
  @ForeignKey(() => InvitationRow, { name: 'enrolment_requests_invitation_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'enrolment_requests_pkey' })
  invitation!: string;

  @Column('bytea', { name: 'public_key' })
  publicKey!: Buffer;

  @Column('bytea')
  proof!: Buffer;

  @Column('timestamp with time zone', { name: 'stored_at', precision: 3 })
  storedAt!: Date;
}

/** What an administrator decided. */
@Entity('enrolment_decisions')
export class EnrolmentDecisionRow {
  @ForeignKey(() => InvitationRow, { name: 'enrolment_decisions_invitation_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'enrolment_decisions_pkey' })
  invitation!: string;

  @Column('text', { name: 'decided_by' })
  decidedBy!: string;

  /** DER; none where it was refused. */
  @Column('bytea', { nullable: true })
  certificate!: Buffer | null;

  @Column('timestamp with time zone', { name: 'stored_at', precision: 3 })
  storedAt!: Date;
}
