import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A KeyPackage that waits to be claimed; once claimed, what keeps it from being added again. A device has at most one of last resort. */
@Entity('key_packages')
@Index('key_packages_device', ['device', 'addedAt'])
@Index('key_packages_last_resort', ['device'], { unique: true, where: 'last_resort' })
export class KeyPackageRow {
  /** KeyPackageRef (RFC 9420 section 5.2), base64url. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'key_packages_pkey' })
  reference!: string;

  @Column('text')
  device!: string;

  /** Of the certificate in it. */
  @Column('text')
  fingerprint!: string;

  /** Absent once claimed. */
  @Column('bytea', { name: 'key_package', nullable: true })
  keyPackage!: Buffer | null;

  @Column('boolean', { name: 'last_resort' })
  lastResort!: boolean;

  @Column('timestamp with time zone', { name: 'not_after', precision: 3 })
  notAfter!: Date;

  @Column('timestamp with time zone', { name: 'added_at', precision: 3 })
  addedAt!: Date;

  @Column('timestamp with time zone', { name: 'claimed_at', precision: 3, nullable: true })
  claimedAt!: Date | null;
}
