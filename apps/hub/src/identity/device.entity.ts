import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

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
