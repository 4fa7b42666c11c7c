import { Global, Module } from '@nestjs/common';
import type { Pool } from 'pg';
import { logOrigin } from '#liaison/tlog';
import { timestampOf, type Clock, type RandomSource } from '#liaison/protocol';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { PG_POOL } from '../database/tokens.js';
import { HubKeys } from '../hub-keys/hub-keys.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { HubLog } from '../observability/hub-log.js';
import { CLOCK, RANDOM } from '../ports.js';
import { CheckpointMaker } from './checkpoint-maker.js';
import { CheckpointSchedule } from './checkpoint-schedule.js';
import { LogAppender } from './log-appender.js';
import { startLog } from './start-log.js';

/** How acts enter the log and become checkpoints. Every module that acts may ask for {@link LogAppender}. */
@Global()
@Module({
  providers: [
    {
      provide: LogAppender,
      inject: [PG_POOL, RANDOM],
      useFactory: (pool: Pool, random: RandomSource) => new LogAppender(pool, random),
    },
    {
      provide: CheckpointSchedule,
      inject: [PG_POOL, CLOCK, CONFIGURATION, HubKeys, LogAppender, Shutdown, HubLog],
      useFactory: scheduleCheckpoints,
    },
  ],
  exports: [LogAppender],
})
export class LogAppendModule {}

async function scheduleCheckpoints(
  pool: Pool,
  clock: Clock,
  configuration: Configuration,
  keys: HubKeys,
  appender: LogAppender,
  shutdown: Shutdown,
  log: HubLog,
): Promise<CheckpointSchedule> {
  const identity = { origin: logOrigin(configuration.origin), key: keys.logKey, nextKey: keys.nextLogKey };
  await startLog(pool, appender, identity, timestampOf(clock));
  const maker = new CheckpointMaker(pool, clock, identity);
  await maker.catchUp();
  const schedule = new CheckpointSchedule(maker, (fault) => {
    log.error('A checkpoint of the log could not be made.', fault);
  });
  appender.appended.subscribe(() => {
    schedule.appended();
  });
  shutdown.at('close-connections', () => schedule.stop());
  return schedule;
}
