import { Module } from '@nestjs/common';
import type { Pool } from 'pg';
import { ChannelsModule } from '../channels/channels.module.js';
import { PG_POOL } from '../database/tokens.js';
import { IdentityModule } from '../identity/identity.module.js';
import { RecordReader } from '../records/record-reader.js';
import { RetentionModule } from '../retention/retention.module.js';
import { RosterModule } from '../roster/roster.module.js';
import { CustodyController } from './custody.controller.js';
import { Deposits } from './deposits.js';
import { OpeningMaterial } from './opening-material.js';
import { OpeningStore } from './opening-store.js';
import { Openings } from './openings.js';
import { PublishedCustodyKeys } from './published-custody-keys.js';

/** A contact point's way back to its own records: sealed keys, given out on a logged request. The hub can open none. */
@Module({
  imports: [ChannelsModule, IdentityModule, RetentionModule, RosterModule],
  controllers: [CustodyController],
  providers: [
    Deposits,
    Openings,
    OpeningStore,
    OpeningMaterial,
    PublishedCustodyKeys,
    { provide: RecordReader, inject: [PG_POOL], useFactory: (pool: Pool) => new RecordReader(pool) },
  ],
})
export class CustodyModule {}
