import { Module } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Clock } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { IdentityModule } from '../identity/identity.module.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { SequencerModule } from '../records/sequencer.module.js';
import { RosterModule } from '../roster/roster.module.js';
import { ChannelAccess } from './channel-access.js';
import { ChannelQueries } from './channel-queries.js';
import { ChannelStates } from './channel-states.js';
import { ChannelsController } from './channels.controller.js';
import { Cursors } from './cursors.js';
import { DeliveryService } from './delivery-service.js';
import { GroupStore } from './group-store.js';
import { Welcomes } from './welcomes.js';
import { WelcomesController } from './welcomes.controller.js';

/** Channels as MLS groups: who is a member since when, commits, Welcomes, cursors. */
@Module({
  imports: [IdentityModule, RosterModule, SequencerModule],
  controllers: [ChannelsController, WelcomesController],
  providers: [
    ChannelAccess,
    ChannelQueries,
    DeliveryService,
    Welcomes,
    {
      provide: GroupStore,
      inject: [PG_POOL, LogAppender],
      useFactory: (pool: Pool, appender: LogAppender) => new GroupStore(pool, appender),
    },
    { provide: ChannelStates, inject: [PG_POOL], useFactory: (pool: Pool) => new ChannelStates(pool) },
    { provide: Cursors, inject: [PG_POOL, CLOCK, LogAppender, Shutdown], useFactory: startCursors },
  ],
  exports: [ChannelAccess, ChannelStates, Cursors, Welcomes],
})
export class ChannelsModule {}

function startCursors(pool: Pool, clock: Clock, appender: LogAppender, shutdown: Shutdown): Cursors {
  const cursors = new Cursors(pool, clock, appender);
  shutdown.at('drain', () => cursors.drain());
  return cursors;
}
