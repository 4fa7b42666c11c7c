import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { RosterModule } from '../roster/roster.module.js';
import { MarkRules } from './mark-rules.js';
import { RecordFiles } from './record-files.js';

/** Marks that bite: what may be passed on, said of others' records, and released. */
@Module({
  imports: [ChannelsModule, IdentityModule, RosterModule],
  providers: [RecordFiles, MarkRules],
  exports: [MarkRules, RecordFiles],
})
export class PolicyModule {}
