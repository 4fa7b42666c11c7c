import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** All devices of an officer are shut out. Append-only. */
@Entity('officer_locks')
@Index('officer_locks_officer', ['officer'])
@Index('officer_locks_contact_point', ['contactPoint', 'logIndex'])
export class OfficerLockRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'officer_locks_pkey' })
  id!: string;

  /** `bg:petrova`. */
  @Column('text')
  officer!: string;

  @Column('text', { name: 'contact_point' })
  contactPoint!: string;

  @Column('text')
  reason!: string;

  /** Who signed. */
  @Column('text')
  device!: string;

  /** By the device's clock. */
  @Column('timestamp with time zone', { name: 'signed_at', precision: 3 })
  signedAt!: Date;

  @Column('bytea')
  signature!: Buffer;

  /** DER: the device's certificate at the time. */
  @Column('bytea')
  certificate!: Buffer;

  @Column('bigint', { name: 'log_index' })
  logIndex!: string;
}

/** An administrator, or the contact point's CA, lets them in again; the one that `completes` ends the lock. Append-only. */
@Entity('officer_unlocks')
@Index('officer_unlocks_signature', ['signature'], { unique: true })
@Check('officer_unlocks_by', '(device IS NULL) = (certificate IS NULL) AND (device IS NULL) = (officer IS NULL)')
export class OfficerUnlockRow {
  @ForeignKey(() => OfficerLockRow, { name: 'officer_unlocks_lock_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'officer_unlocks_pkey' })
  lock!: string;

  @PrimaryColumn('bigint', { name: 'log_index', primaryKeyConstraintName: 'officer_unlocks_pkey' })
  logIndex!: string;

  /** The administrator's, with device and certificate; none of them where the CA signed. */
  @Column('text', { nullable: true })
  officer!: string | null;

  @Column('text', { nullable: true })
  device!: string | null;

  /** By the clock of who signed. */
  @Column('timestamp with time zone', { name: 'signed_at', precision: 3 })
  signedAt!: Date;

  @Column('bytea')
  signature!: Buffer;

  /** DER: the device's certificate at the time. */
  @Column('bytea', { nullable: true })
  certificate!: Buffer | null;

  @Column('text')
  reason!: string;

  @Column('boolean')
  completes!: boolean;
}
