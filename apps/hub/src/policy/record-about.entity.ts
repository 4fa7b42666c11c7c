import { Entity, PrimaryColumn } from 'typeorm';

/** One record that speaks of another of its channel. Append-only; means nothing where `recordId` was never stored. */
@Entity('records_about')
export class RecordAboutRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'records_about_pkey' })
  channel!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'records_about_pkey' })
  about!: string;

  @PrimaryColumn('uuid', { name: 'record_id', primaryKeyConstraintName: 'records_about_pkey' })
  recordId!: string;
}
