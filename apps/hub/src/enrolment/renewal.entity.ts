import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A device asks to be certified for longer: once for each certificate and day. */
@Entity('renewal_requests')
@Index('renewal_requests_contact_point', ['contactPoint', 'storedAt'])
export class RenewalRequestRow {
  /** base64url of SHA-256 over the certificate that it has. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'renewal_requests_pkey' })
  fingerprint!: string;

  /** Days since 1970. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'renewal_requests_pkey' })
  day!: number;

  @Column('text', { name: 'contact_point' })
  contactPoint!: string;

  @Column('text')
  device!: string;

  /** DER. */
  @Column('bytea')
  certificate!: Buffer;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;

  @Column('bytea')
  signature!: Buffer;

  @Column('timestamp with time zone', { name: 'stored_at', precision: 3 })
  storedAt!: Date;
}

/** What the contact point CA issued in the place of a certificate: the first, and no other. */
@Entity('renewed_certificates')
export class RenewedCertificateRow {
  /** Of the certificate before. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'renewed_certificates_pkey' })
  fingerprint!: string;

  @Column('text', { name: 'given_by' })
  givenBy!: string;

  /** DER. */
  @Column('bytea')
  certificate!: Buffer;

  @Column('timestamp with time zone', { name: 'stored_at', precision: 3 })
  storedAt!: Date;
}
