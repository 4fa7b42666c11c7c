import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A KeyPackage that waits to be claimed. A device has at most one of last resort. */
@Entity('key_packages')
@Index('key_packages_device', ['device', 'lastResort', 'addedAt'])
@Index('key_packages_last_resort', ['device'], { unique: true, where: 'last_resort' })
export class KeyPackageRow {
  /** KeyPackageRef (RFC 9420 section 5.2), base64url. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'key_packages_pkey' })
  reference!: string;

  @Column('text')
  device!: string;

  @Column('bytea', { name: 'key_package' })
  keyPackage!: Buffer;

  @Column('boolean', { name: 'last_resort' })
  lastResort!: boolean;

  @Column('timestamptz', { name: 'not_after', precision: 3 })
  notAfter!: Date;

  @Column('timestamptz', { name: 'added_at', precision: 3 })
  addedAt!: Date;
}
