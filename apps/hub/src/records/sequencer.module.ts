import { Module } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Clock, RandomSource } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { HubLog } from '../observability/hub-log.js';
import { Metrics } from '../observability/metrics.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK, RANDOM } from '../ports.js';
import { EventFeed } from './event-feed.js';
import { PostgresLedger } from './postgres-ledger.js';
import { Sequencer } from './sequencer.js';
import { SequencerMetrics } from './sequencer-metrics.js';

/** The one order of every channel, and the feed of what has become durable. */
@Module({
  providers: [
    { provide: EventFeed, inject: [HubLog], useFactory: makeFeed },
    {
      provide: PostgresLedger,
      inject: [PG_POOL, RANDOM, LogAppender],
      useFactory: (pool: Pool, random: RandomSource, appender: LogAppender) =>
        new PostgresLedger(pool, random, appender),
    },
    {
      provide: Sequencer,
      inject: [PostgresLedger, EventFeed, CLOCK, Shutdown, Metrics, HubLog],
      useFactory: startSequencer,
    },
  ],
  exports: [EventFeed, Sequencer],
})
export class SequencerModule {}

function makeFeed(log: HubLog): EventFeed {
  return new EventFeed((fault) => {
    log.error('Events were stored but not pushed.', fault);
  });
}

function startSequencer(
  ledger: PostgresLedger,
  feed: EventFeed,
  clock: Clock,
  shutdown: Shutdown,
  { registry }: Metrics,
  log: HubLog,
): Sequencer {
  const meter = new SequencerMetrics(registry, log);
  const sequencer = new Sequencer(ledger, feed, clock, meter);
  meter.watchDepth(() => sequencer.depth);
  shutdown.at('drain', () => sequencer.drain());
  return sequencer;
}
