import { Module } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Clock } from '#liaison/protocol';
import { ChannelsModule } from '../channels/channels.module.js';
import { PG_POOL } from '../database/tokens.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { HubLog } from '../observability/hub-log.js';
import { CLOCK } from '../ports.js';
import { RosterModule } from '../roster/roster.module.js';
import { Cosignatures } from './cosignatures.js';
import { DeviceStatements } from './device-statements.js';
import { LogMentions } from './log-mentions.js';
import { LogReads } from './log-reads.js';
import { LogController } from './log.controller.js';
import { LogProofs } from './log-proofs.js';
import { LogSearch } from './log-search.js';
import { LogStore } from './log-store.js';
import { LogUpkeep } from './log-upkeep.js';
import { LogViewers } from './log-viewers.js';

/** The log as it is read: by everyone as hashes, by those it concerns as entries. */
@Module({
  imports: [ChannelsModule, RosterModule],
  controllers: [LogController],
  providers: [
    Cosignatures,
    DeviceStatements,
    LogMentions,
    LogProofs,
    LogReads,
    LogSearch,
    LogStore,
    LogViewers,
    {
      provide: LogUpkeep,
      inject: [PG_POOL, CLOCK, LogMentions, Shutdown, HubLog],
      useFactory: startUpkeep,
    },
  ],
})
export class LogModule {}

function startUpkeep(pool: Pool, clock: Clock, mentions: LogMentions, shutdown: Shutdown, log: HubLog): LogUpkeep {
  const upkeep = new LogUpkeep(pool, clock, mentions, (fault) => {
    log.error('The log could not be kept up.', fault);
  });
  shutdown.at('drain', () => upkeep.stop());
  return upkeep;
}
