import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Who signed an act, and where it stands in the log. */
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

  @Column('bigint', { name: 'log_index' })
  logIndex!: string;
}

/** A content key, sealed to a contact point's custody key. */
@Entity('custody_deposits')
@Index('custody_deposits_of_contact_point', ['contactPoint', 'logIndex'], { unique: true })
export class CustodyDepositRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'custody_deposits_pkey' })
  channel!: string;

  @PrimaryColumn('uuid', { name: 'record_id', primaryKeyConstraintName: 'custody_deposits_pkey' })
  recordId!: string;

  @PrimaryColumn('text', { name: 'contact_point', primaryKeyConstraintName: 'custody_deposits_pkey' })
  contactPoint!: string;

  @PrimaryColumn('text', { name: 'key_id', primaryKeyConstraintName: 'custody_deposits_pkey' })
  keyId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'custody_deposits_pkey' })
  device!: string;

  @Column('bigint')
  seq!: string;

  @Column('bytea')
  sealed!: Buffer;

  @Column('timestamp with time zone', { name: 'signed_at', precision: 3 })
  signedAt!: Date;

  @Column('bytea')
  signature!: Buffer;

  @Column('bytea')
  certificate!: Buffer;

  @Column('bigint', { name: 'log_index' })
  logIndex!: string;
}

/** An administrator's request to open deposits. */
@Entity('custody_requests')
@Index('custody_requests_of_contact_point', ['contactPoint', 'logIndex'])
export class CustodyRequestRow extends Signed {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'custody_requests_pkey' })
  id!: string;

  @Column('text', { name: 'contact_point' })
  contactPoint!: string;

  @Column('uuid')
  channel!: string;

  @Column('uuid', { array: true })
  records!: string[];

  @Column('text')
  reason!: string;

  @Column('text')
  authority!: string;
}

/** A second administrator's agreement to a request. */
@Entity('custody_approvals')
export class CustodyApprovalRow extends Signed {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'custody_approvals_pkey' })
  opening!: string;
}

/** A request that has all it needs, and the first of its entries in the log. */
@Entity('custody_openings')
@Index('custody_openings_log_index', ['logIndex'], { unique: true })
export class CustodyOpeningRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'custody_openings_pkey' })
  opening!: string;

  /** The hub's clock. */
  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;

  @Column('bigint', { name: 'log_index' })
  logIndex!: string;
}

/** What an administrator forbids to erase. */
@Entity('legal_holds')
@Index('legal_holds_channel', ['channel'])
export class LegalHoldRow extends Signed {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'legal_holds_pkey' })
  id!: string;

  @Column('text', { name: 'contact_point' })
  contactPoint!: string;

  @Column('uuid')
  channel!: string;

  @Column('uuid', { array: true, nullable: true })
  records!: string[] | null;

  @Column('timestamp with time zone', { precision: 3, nullable: true })
  since!: Date | null;

  @Column('timestamp with time zone', { precision: 3, nullable: true })
  until!: Date | null;

  @Column('text')
  reason!: string;

  @Column('text')
  authority!: string;
}

@Entity('hold_lifts')
export class HoldLiftRow extends Signed {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'hold_lifts_pkey' })
  hold!: string;

  @Column('text')
  reason!: string;
}
