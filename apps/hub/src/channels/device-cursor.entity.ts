import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ChannelRow } from './channel.entity.js';

/** How far a device says it has got in a channel. It never moves back. */
@Entity('device_cursors')
export class DeviceCursorRow {
  @ForeignKey(() => ChannelRow, { name: 'device_cursors_channel_fkey' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'device_cursors_pkey' })
  channel!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'device_cursors_pkey' })
  device!: string;

  @Column('bigint')
  seq!: string;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;
}
