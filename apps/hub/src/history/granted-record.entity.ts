import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One record, given to one device by another. Append-only. */
@Entity('granted_records')
export class GrantedRecordRow {
  /** Who may read it. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'granted_records_pkey' })
  device!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'granted_records_pkey' })
  channel!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'granted_records_pkey' })
  seq!: string;

  @PrimaryColumn('text', { name: 'granted_by', primaryKeyConstraintName: 'granted_records_pkey' })
  grantedBy!: string;

  @Column('uuid', { name: 'record_id' })
  recordId!: string;

  /** By the granting device's clock. */
  @Column('timestamp with time zone', { name: 'granted_at', precision: 3 })
  grantedAt!: Date;

  @Column('text')
  purpose!: string;

  @Column('bytea')
  signature!: Buffer;

  /** Place of its `record.granted` entry. */
  @Column('bigint', { name: 'log_index' })
  logIndex!: string;
}
