import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A sign-in policy as its contact point's CA signed it. Append-only. */
@Entity('sign_in_policies')
export class SignInPolicyRow {
  @PrimaryColumn('text', { name: 'contact_point', primaryKeyConstraintName: 'sign_in_policies_pkey' })
  contactPoint!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'sign_in_policies_pkey' })
  number!: number;

  @Column('text')
  policy!: string;

  @Column('text')
  signature!: string;

  @Column('timestamp with time zone', { name: 'stored_at', precision: 3 })
  storedAt!: Date;
}
