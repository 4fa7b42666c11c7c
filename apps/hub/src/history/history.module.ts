import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { PolicyModule } from '../policy/policy.module.js';
import { RecordsModule } from '../records/records.module.js';
import { RosterModule } from '../roster/roster.module.js';
import { GrantRules } from './grant-rules.js';
import { GrantedRecords } from './granted-records.js';
import { Granting } from './granting.js';
import { HistoryController } from './history.controller.js';

/** The past of a channel, for members who were not there: who gave what to whom. The keys pass the hub sealed, as content of records. */
@Module({
  imports: [ChannelsModule, IdentityModule, PolicyModule, RecordsModule, RosterModule],
  controllers: [HistoryController],
  providers: [GrantRules, Granting, GrantedRecords],
})
export class HistoryModule {}
