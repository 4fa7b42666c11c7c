import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { DeviceRow } from '../identity/device.entity.js';

/** The newest second proof of a device. */
@Entity('second_proofs')
export class SecondProofRow {
  @ForeignKey(() => DeviceRow, { name: 'second_proofs_device_fkey' })
  @PrimaryColumn('text', { primaryKeyConstraintName: 'second_proofs_pkey' })
  device!: string;

  @Column('text')
  method!: string;

  @Column('timestamp with time zone', { name: 'proved_at', precision: 3 })
  provedAt!: Date;

  @Column('timestamp with time zone', { precision: 3 })
  until!: Date;
}

/** A passkey or security key of an officer. */
@Entity('webauthn_credentials')
@Index('webauthn_credentials_officer', ['officer'])
export class WebauthnCredentialRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'webauthn_credentials_pkey' })
  id!: string;

  @Column('text')
  officer!: string;

  /** With whose session it was registered. */
  @Column('text')
  device!: string;

  /** COSE. */
  @Column('bytea', { name: 'public_key' })
  publicKey!: Buffer;

  @Column('bigint')
  counter!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'last_used_at', precision: 3 })
  lastUsedAt!: Date;
}

/** A way into a browser for one session. Secrets are kept as their SHA-256. */
@Entity('proof_tickets')
@Index('proof_tickets_flow', ['flow'], { unique: true })
@Index('proof_tickets_session', ['session'])
@Index('proof_tickets_expires_at', ['expiresAt'])
export class ProofTicketRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'proof_tickets_pkey' })
  ticket!: string;

  /** Once a page has opened it. */
  @Column('text', { nullable: true })
  flow!: string | null;

  @Column('text')
  device!: string;

  @Column('text')
  session!: string;

  @Column('text')
  purpose!: string;

  @Column('text')
  code!: string;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;

  @Column('text', { nullable: true })
  challenge!: string | null;

  /** Of a national sign-on, once the page has gone there: with `nonce` and `verifier`. */
  @Column('text', { nullable: true })
  state!: string | null;

  @Column('text', { nullable: true })
  nonce!: string | null;

  @Column('text', { nullable: true })
  verifier!: string | null;
}

/** Where an officer may register a first credential, and until when: an administrator named the device, or one was registered there. */
@Entity('registration_allowances')
export class RegistrationAllowanceRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'registration_allowances_pkey' })
  officer!: string;

  @Column('text')
  device!: string;

  @Column('timestamp with time zone', { precision: 3 })
  until!: Date;
}

/** Second proofs that a device failed since its last good one. */
@Entity('proof_failures')
export class ProofFailureRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'proof_failures_pkey' })
  device!: string;

  @Column('integer')
  failures!: number;

  @Column('timestamp with time zone', { name: 'last_at', precision: 3 })
  lastAt!: Date;
}
