import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { RosterModule } from '../roster/roster.module.js';
import { Cosignatures } from './cosignatures.js';
import { LogController } from './log.controller.js';
import { LogProofs } from './log-proofs.js';
import { LogSearch } from './log-search.js';
import { LogStore } from './log-store.js';
import { LogViewers } from './log-viewers.js';
import { Openings } from './openings.js';

/** The log as it is read: by everyone as hashes, by those it concerns as entries. */
@Module({
  imports: [ChannelsModule, RosterModule],
  controllers: [LogController],
  providers: [Cosignatures, LogProofs, LogSearch, LogStore, LogViewers, Openings],
})
export class LogModule {}
