import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** An act, as its canonical text. Append-only; written by append-statement.ts and by LogAppender alone. */
@Entity('log_entries')
export class LogEntryRow {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'log_entries_pkey' })
  index!: string;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;

  @Column('bytea', { name: 'leaf_hash' })
  leafHash!: Buffer;

  @Column('text')
  entry!: string;
}

/** One row: how many entries there are. Its lock gives them their indexes. */
@Entity('log_head')
@Check('log_head_one_row', 'id')
export class LogHeadRow {
  @PrimaryColumn('boolean', { primaryKeyConstraintName: 'log_head_pkey' })
  id!: boolean;

  @Column('bigint')
  size!: string;
}

/** One row: the right edge of the tree at the newest checkpoint, by level. */
@Entity('log_edge')
@Check('log_edge_one_row', 'id')
export class LogEdgeRow {
  @PrimaryColumn('boolean', { primaryKeyConstraintName: 'log_edge_pkey' })
  id!: boolean;

  @Column('bigint')
  size!: string;

  @Column('bytea', { array: true })
  levels!: Buffer[];
}

/** Full tiles alone; they never change. */
@Entity('log_tiles')
export class LogTileRow {
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'log_tiles_pkey' })
  level!: number;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'log_tiles_pkey' })
  index!: string;

  @Column('bytea')
  hashes!: Buffer;
}

/** Signed notes. One size has one. */
@Entity('log_checkpoints')
export class LogCheckpointRow {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'log_checkpoints_pkey' })
  size!: string;

  @Column('text')
  note!: string;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;
}

@Entity('log_cosignatures')
export class LogCosignatureRow {
  @ForeignKey(() => LogCheckpointRow, { name: 'log_cosignatures_size_fkey' })
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'log_cosignatures_pkey' })
  size!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'log_cosignatures_pkey' })
  witness!: string;

  @PrimaryColumn('text', { name: 'key_id', primaryKeyConstraintName: 'log_cosignatures_pkey' })
  keyId!: string;

  /** The signature line, with its end. */
  @Column('text')
  line!: string;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;
}

/** Which signed openings are in the log already. */
@Entity('logged_openings')
export class LoggedOpeningRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'logged_openings_pkey' })
  channel!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'logged_openings_pkey' })
  record!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'logged_openings_pkey' })
  device!: string;

  /** The device's clock. */
  @PrimaryColumn('timestamp with time zone', { precision: 3, primaryKeyConstraintName: 'logged_openings_pkey' })
  at!: Date;

  @Column('bigint')
  index!: string;
}

/** Which signed exports are in the log already. */
@Entity('logged_exports')
export class LoggedExportRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'logged_exports_pkey' })
  channel!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'logged_exports_pkey' })
  record!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'logged_exports_pkey' })
  device!: string;

  /** The device's clock. */
  @PrimaryColumn('timestamp with time zone', { precision: 3, primaryKeyConstraintName: 'logged_exports_pkey' })
  at!: Date;

  @Column('bigint')
  index!: string;
}

/** Under the name of an officer or a record, the entries that name them. Made of the log after the fact: log-mentions.ts. */
@Entity('log_mentions')
export class LogMentionRow {
  /** `contact point:officer`, or a record's id. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'log_mentions_pkey' })
  name!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'log_mentions_pkey' })
  index!: string;
}

/** One row: how many entries of the log are in `log_mentions`. */
@Entity('log_mentions_head')
@Check('log_mentions_head_one_row', 'id')
export class LogMentionsHeadRow {
  @PrimaryColumn('boolean', { primaryKeyConstraintName: 'log_mentions_head_pkey' })
  id!: boolean;

  @Column('bigint')
  size!: string;
}

/** A signed order by which a body was erased. Append-only: without its row no body goes. */
@Entity('record_erasures')
@Index('record_erasures_log_index', ['logIndex'], { unique: true })
export class RecordErasureRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'record_erasures_pkey' })
  channel!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'record_erasures_pkey' })
  seq!: string;

  @Column('uuid', { name: 'record_id' })
  recordId!: string;

  /** Who ordered it. */
  @Column('text')
  device!: string;

  /** By the device's clock. */
  @Column('timestamp with time zone', { name: 'ordered_at', precision: 3 })
  orderedAt!: Date;

  @Column('text')
  purpose!: string;

  @Column('bytea')
  signature!: Buffer;

  /** DER: the device's certificate at the time. */
  @Column('bytea')
  certificate!: Buffer;

  /** Place of its `record.erased` entry. */
  @Column('bigint', { name: 'log_index' })
  logIndex!: string;
}
