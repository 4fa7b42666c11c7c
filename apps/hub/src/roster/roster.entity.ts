import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Every roster version that was accepted, as it was signed. */
@Entity('rosters')
export class RosterRow {
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'rosters_pkey' })
  version!: number;

  @Column('text')
  roster!: string;

  @Column('jsonb')
  signatures!: { keyId: string; signature: string }[];

  @Column('timestamp with time zone', { name: 'stored_at', precision: 3 })
  storedAt!: Date;
}
