import { Column, Entity, PrimaryColumn } from 'typeorm';

/** When the log last said that a sign-in of a device was refused for a reason. */
@Entity('sign_in_refusals')
export class SignInRefusalRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'sign_in_refusals_pkey' })
  device!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'sign_in_refusals_pkey' })
  reason!: string;

  @Column('timestamp with time zone', { name: 'last_at', precision: 3 })
  lastAt!: Date;
}
