import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One place in a channel's sequence. Append-only. Written by append-statement.ts and append-new-records.ts alone. */
@Entity('channel_events')
@Index('channel_events_record', ['channel', 'recordId'], { unique: true, where: 'record_id IS NOT NULL' })
@Index('channel_events_payload', ['channel', 'payloadHash'], { unique: true, where: 'payload_hash IS NOT NULL' })
@Check('channel_events_shape', 'the columns of each type: see the migration')
export class ChannelEventRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'channel_events_pkey' })
  channel!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'channel_events_pkey' })
  seq!: string;

  @Column('text')
  type!: 'record' | 'commit' | 'proposal';

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;

  @Column('bytea')
  chain!: Buffer;

  /** The epoch it was made for; a commit ends it. */
  @Column('bigint')
  epoch!: string;

  @Column('text')
  sender!: string;

  /** About how many characters of JSON it is on the wire: what pages are cut by. */
  @Column('integer')
  weight!: number;

  /** Place of its entry in the log. */
  @Column('bigint', { name: 'log_index' })
  logIndex!: string;

  @Column('uuid', { name: 'record_id', nullable: true })
  recordId!: string | null;

  @Column('text', { nullable: true })
  classification!: string | null;

  @Column('text', { nullable: true })
  header!: string | null;

  @Column('bytea', { name: 'header_hash', nullable: true })
  headerHash!: Buffer | null;

  @Column('bytea', { name: 'body_hash', nullable: true })
  bodyHash!: Buffer | null;

  @Column('bytea', { nullable: true })
  mls!: Buffer | null;

  @Column('bytea', { nullable: true })
  signature!: Buffer | null;

  /** A commit or proposal: an MLS PublicMessage. */
  @Column('bytea', { nullable: true })
  payload!: Buffer | null;

  @Column('bytea', { name: 'payload_hash', nullable: true })
  payloadHash!: Buffer | null;
}

/** Sealed bodies, apart so that retention can erase one without touching the sequence. Append-only. */
@Entity('record_bodies')
export class RecordBodyRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'record_bodies_pkey' })
  channel!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'record_bodies_pkey' })
  seq!: string;

  @Column('text')
  classification!: string;

  @Column('bytea')
  body!: Buffer;
}
