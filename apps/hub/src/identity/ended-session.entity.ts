import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A session that ended before its token expires. Kept until then. */
@Entity('ended_sessions')
@Index('ended_sessions_expires_at', ['expiresAt'])
export class EndedSessionRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'ended_sessions_pkey' })
  session!: string;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}
