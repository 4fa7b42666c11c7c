import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

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
