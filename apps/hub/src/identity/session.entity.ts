import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { DeviceRow } from './device.entity.js';

/** A session that was opened. Kept until its token expires. */
@Entity('sessions')
@Index('sessions_device', ['device'])
@Index('sessions_expires_at', ['expiresAt'])
@Index('sessions_ended_at', ['endedAt'])
export class SessionRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'sessions_pkey' })
  session!: string;

  @ForeignKey(() => DeviceRow, { name: 'sessions_device_fkey' })
  @Column('text')
  device!: string;

  /** Where it was opened from, shortened. */
  @Column('text')
  network!: string;

  @Column('timestamp with time zone', { name: 'started_at', precision: 3 })
  startedAt!: Date;

  /** To the minute. */
  @Column('timestamp with time zone', { name: 'last_used_at', precision: 3 })
  lastUsedAt!: Date;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;

  @Column('timestamp with time zone', { name: 'ended_at', precision: 3, nullable: true })
  endedAt!: Date | null;
}
