import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** Where a channel stands: the one row that every batch updates. */
@Entity('channels')
export class ChannelRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'channels_pkey' })
  id!: string;

  @Column('bigint')
  epoch!: string;

  @Column('bigint', { name: 'last_seq' })
  lastSeq!: string;

  /** Chain hash after `lastSeq`. */
  @Column('bytea')
  chain!: Buffer;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('text', { name: 'created_by' })
  createdBy!: string;
}

/** The MLS group of a channel in its current epoch. */
@Entity('channel_groups')
export class ChannelGroupRow {
  @ForeignKey(() => ChannelRow, { name: 'channel_groups_channel_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'channel_groups_pkey' })
  channel!: string;

  @Column('jsonb')
  profile!: unknown;

  @Column('text')
  ceiling!: string;

  @Column('bytea', { name: 'group_info' })
  groupInfo!: Buffer;
}
