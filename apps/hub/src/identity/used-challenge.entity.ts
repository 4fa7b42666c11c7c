import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A nonce that a device has signed in with. Kept until it expires. */
@Entity('used_challenges')
@Index('used_challenges_expires_at', ['expiresAt'])
export class UsedChallengeRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'used_challenges_pkey' })
  nonce!: string;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}
