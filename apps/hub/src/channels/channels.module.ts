import { Module, type OnModuleInit } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Clock } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { RevocationLists } from '../identity/revocation-lists.js';
import { IdentityModule } from '../identity/identity.module.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { LogAppender } from '../log/log-appender.js';
import { HubLog } from '../observability/hub-log.js';
import { CLOCK } from '../ports.js';
import { SequencerModule } from '../records/sequencer.module.js';
import { RosterService } from '../roster/roster.service.js';
import { RosterModule } from '../roster/roster.module.js';
import { ChannelAccess } from './channel-access.js';
import { ChannelQueries } from './channel-queries.js';
import { ChannelStates } from './channel-states.js';
import { ChannelsController } from './channels.controller.js';
import { Cursors } from './cursors.js';
import { DeliveryService } from './delivery-service.js';
import { ForfeitedMembers } from './forfeited-members.js';
import { GroupStore } from './group-store.js';
import { LeavingDesk } from './leaving-desk.js';
import { Leavings } from './leavings.js';
import { RemovalProposals } from './removal-proposals.js';
import { RemovalRounds } from './removal-rounds.js';
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
    ForfeitedMembers,
    LeavingDesk,
    Leavings,
    RemovalProposals,
    Welcomes,
    {
      provide: GroupStore,
      inject: [PG_POOL, LogAppender],
      useFactory: (pool: Pool, appender: LogAppender) => new GroupStore(pool, appender),
    },
    {
      provide: RemovalRounds,
      inject: [PG_POOL, ForfeitedMembers, Leavings, RemovalProposals, Shutdown, HubLog],
      useFactory: startRemovals,
    },
    { provide: ChannelStates, inject: [PG_POOL], useFactory: (pool: Pool) => new ChannelStates(pool) },
    { provide: Cursors, inject: [PG_POOL, CLOCK, LogAppender, Shutdown], useFactory: startCursors },
  ],
  exports: [ChannelAccess, ChannelStates, Cursors, Welcomes],
})
export class ChannelsModule implements OnModuleInit {
  constructor(
    private readonly rosters: RosterService,
    private readonly revocationLists: RevocationLists,
    private readonly removals: RemovalRounds,
    private readonly leavings: Leavings,
  ) {}

  async onModuleInit(): Promise<void> {
    this.removals.lookAgainAt(await this.leavings.dueChannels());
    this.rosters.changes.subscribe(({ roster }) => {
      this.removals.look(roster.contactPoints.map(({ id }) => id));
    });
    this.revocationLists.changes.subscribe((contactPoint) => {
      this.removals.look([contactPoint]);
    });
  }
}

function startRemovals(
  pool: Pool,
  forfeited: ForfeitedMembers,
  leavings: Leavings,
  proposals: RemovalProposals,
  shutdown: Shutdown,
  log: HubLog,
): RemovalRounds {
  const rounds = new RemovalRounds(pool, { forfeited, leavings }, proposals, (fault) => {
    log.error('Removals could not be proposed.', fault);
  });
  shutdown.at('drain', () => rounds.stop());
  return rounds;
}

function startCursors(pool: Pool, clock: Clock, appender: LogAppender, shutdown: Shutdown): Cursors {
  const cursors = new Cursors(pool, clock, appender);
  shutdown.at('drain', () => cursors.drain());
  return cursors;
}
