import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Who signed. */
abstract class Signed {
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
}

/** All devices of an officer are shut out. Append-only. */
@Entity('officer_locks')
@Index('officer_locks_officer', ['officer'])
@Index('officer_locks_contact_point', ['contactPoint', 'logIndex'])
export class OfficerLockRow extends Signed {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'officer_locks_pkey' })
  id!: string;

  /** `bg:petrova`. */
  @Column('text')
  officer!: string;

  @Column('text', { name: 'contact_point' })
  contactPoint!: string;

  @Column('text')
  reason!: string;

  @Column('bigint', { name: 'log_index' })
  logIndex!: string;
}

/** An administrator lets them in again; the one that `completes` ends the lock. Append-only. */
@Entity('officer_unlocks')
export class OfficerUnlockRow extends Signed {
  @ForeignKey(() => OfficerLockRow, { name: 'officer_unlocks_lock_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'officer_unlocks_pkey' })
  lock!: string;

  @PrimaryColumn('bigint', { name: 'log_index', primaryKeyConstraintName: 'officer_unlocks_pkey' })
  logIndex!: string;

  /** The administrator's. */
  @Column('text')
  officer!: string;

  @Column('text')
  reason!: string;

  @Column('boolean')
  completes!: boolean;
}
