import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ChannelRow } from './channel.entity.js';

/** One stretch of a device's membership, both ends included; open while it is a member. A re-join does not end it. */
@Entity('channel_memberships')
@Index('channel_memberships_open', ['channel', 'device'], { unique: true, where: 'until_seq IS NULL' })
@Index('channel_memberships_leaf', ['channel', 'leafIndex'], { unique: true, where: 'until_seq IS NULL' })
@Index('channel_memberships_device', ['device'])
export class ChannelMembershipRow {
  @ForeignKey(() => ChannelRow, { name: 'channel_memberships_channel_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'channel_memberships_pkey' })
  channel!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'channel_memberships_pkey' })
  device!: string;

  @PrimaryColumn('bigint', { name: 'from_seq', primaryKeyConstraintName: 'channel_memberships_pkey' })
  fromSeq!: string;

  @Column('bigint', { name: 'until_seq', nullable: true })
  untilSeq!: string | null;

  @Column('integer', { name: 'leaf_index' })
  leafIndex!: number;

  /** Ed25519 key of the leaf: what the device's records must be signed with. */
  @Column('bytea', { name: 'signature_key' })
  signatureKey!: Buffer;
}
