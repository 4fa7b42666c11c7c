import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ChannelRow } from './channel.entity.js';

/** A device that left of its own accord. Its leaf is in the group until a member has committed the removal. */
@Entity('channel_leavings')
@Index('channel_leavings_open', ['channel', 'leafIndex'], { unique: true, where: 'removed_seq IS NULL' })
export class ChannelLeavingRow {
  @ForeignKey(() => ChannelRow, { name: 'channel_leavings_channel_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'channel_leavings_pkey' })
  channel!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'channel_leavings_pkey' })
  device!: string;

  /** Of the first proposal to remove it: the end of its membership. */
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'channel_leavings_pkey' })
  seq!: string;

  @Column('integer', { name: 'leaf_index' })
  leafIndex!: number;

  /** What the device signed, as members are shown it in each proposal. */
  @Column('bytea')
  statement!: Buffer;

  /** Of the commit that removed the leaf. */
  @Column('bigint', { name: 'removed_seq', nullable: true })
  removedSeq!: string | null;
}
