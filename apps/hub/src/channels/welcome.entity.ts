import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ChannelRow } from './channel.entity.js';

/** A Welcome, until the last device it is for has ended it. */
@Entity('welcomes')
export class WelcomeRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'welcomes_pkey' })
  id!: string;

  @ForeignKey(() => ChannelRow, { name: 'welcomes_channel_fkey' })
  @Column('uuid')
  channel!: string;

  /** Place of the commit that it belongs to. */
  @Column('bigint')
  seq!: string;

  @Column('bigint')
  epoch!: string;

  @Column('bytea')
  welcome!: Buffer;
}

@Entity('welcome_recipients')
@Index('welcome_recipients_device', ['device'])
export class WelcomeRecipientRow {
  @ForeignKey(() => WelcomeRow, { name: 'welcome_recipients_welcome_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'welcome_recipients_pkey' })
  welcome!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'welcome_recipients_pkey' })
  device!: string;
}
