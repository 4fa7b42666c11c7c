import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A device that has signed in, with the newest certificate it showed. */
@Entity('devices')
@Index('devices_contact_point', ['contactPoint'])
export class DeviceRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'devices_pkey' })
  device!: string;

  @Column('text', { name: 'contact_point' })
  contactPoint!: string;

  /** DER. */
  @Column('bytea')
  certificate!: Buffer;

  /** base64url of SHA-256 over the DER. */
  @Column('text')
  fingerprint!: string;

  @Column('timestamp with time zone', { name: 'not_before', precision: 3 })
  notBefore!: Date;

  @Column('timestamp with time zone', { name: 'not_after', precision: 3 })
  notAfter!: Date;

  @Column('timestamp with time zone', { name: 'first_seen_at', precision: 3 })
  firstSeenAt!: Date;

  @Column('timestamp with time zone', { name: 'last_seen_at', precision: 3 })
  lastSeenAt!: Date;
}

/** Each certificate that the device has shown: what was superseded can be revoked too. Append-only. */
@Entity('device_certificates')
@Index('device_certificates_contact_point', ['contactPoint', 'device'])
export class DeviceCertificateRow {
  /** base64url of SHA-256 over the DER. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'device_certificates_pkey' })
  fingerprint!: string;

  @ForeignKey(() => DeviceRow, { name: 'device_certificates_device_fkey' })
  @Column('text')
  device!: string;

  @Column('text', { name: 'contact_point' })
  contactPoint!: string;

  /** DER. */
  @Column('bytea')
  certificate!: Buffer;
}
