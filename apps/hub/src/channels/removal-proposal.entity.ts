import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ChannelRow } from './channel.entity.js';

/** A removal that the hub has proposed: it holds for one epoch, in which each leaf is proposed once. Append-only. */
@Entity('removal_proposals')
export class RemovalProposalRow {
  @ForeignKey(() => ChannelRow, { name: 'removal_proposals_channel_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'removal_proposals_pkey' })
  channel!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'removal_proposals_pkey' })
  epoch!: string;

  @PrimaryColumn('integer', { name: 'leaf_index', primaryKeyConstraintName: 'removal_proposals_pkey' })
  leafIndex!: number;

  /** ProposalRef (RFC 9420 section 5.2), base64url: how a commit names it. */
  @Column('text')
  reference!: string;
}
