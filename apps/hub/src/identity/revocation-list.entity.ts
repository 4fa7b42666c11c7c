import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Every revocation list that was accepted. A contact point whose CA changes starts to count anew, hence the issuer. */
@Entity('revocation_lists')
export class RevocationListRow {
  @PrimaryColumn('text', { name: 'contact_point', primaryKeyConstraintName: 'revocation_lists_pkey' })
  contactPoint!: string;

  /** Key identifier of the CA, lower-case hex. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'revocation_lists_pkey' })
  issuer!: string;

  /** cRLNumber, at most Number.MAX_SAFE_INTEGER: larger ones are refused when read. */
  @PrimaryColumn('bigint', {
    primaryKeyConstraintName: 'revocation_lists_pkey',
    transformer: { to: (number: number) => number, from: Number },
  })
  number!: number;

  @Column('bytea')
  crl!: Buffer;

  @Column('timestamp with time zone', { name: 'stored_at', precision: 3 })
  storedAt!: Date;
}
