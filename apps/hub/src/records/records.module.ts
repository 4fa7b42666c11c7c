import { Module } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Clock } from '#liaison/protocol';
import { ChannelStates } from '../channels/channel-states.js';
import { ChannelsModule } from '../channels/channels.module.js';
import { PG_POOL } from '../database/tokens.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { HubLog } from '../observability/hub-log.js';
import { MarkRules } from '../policy/mark-rules.js';
import { PolicyModule } from '../policy/policy.module.js';
import { CLOCK } from '../ports.js';
import { RecordAdmission } from './record-admission.js';
import { RecordReader } from './record-reader.js';
import { RecordSubmission } from './record-submission.js';
import { RecordsController } from './records.controller.js';
import { Sequencer } from './sequencer.js';
import { SequencerModule } from './sequencer.module.js';
import { VerificationThread } from './verification-thread.js';

/** Records from the wire to their receipt, and the sequence as members read it. */
@Module({
  imports: [ChannelsModule, PolicyModule, SequencerModule],
  controllers: [RecordsController],
  providers: [
    { provide: RecordReader, inject: [PG_POOL], useFactory: (pool: Pool) => new RecordReader(pool) },
    { provide: VerificationThread, inject: [Shutdown, HubLog], useFactory: startVerification },
    {
      provide: RecordAdmission,
      inject: [ChannelStates, CLOCK, VerificationThread],
      useFactory: (states: ChannelStates, clock: Clock, { verify }: VerificationThread) =>
        new RecordAdmission(states, clock, verify),
    },
    {
      provide: RecordSubmission,
      inject: [RecordAdmission, Sequencer, RecordReader, MarkRules],
      useFactory: (admission: RecordAdmission, sequencer: Sequencer, reader: RecordReader, marks: MarkRules) =>
        new RecordSubmission(admission, sequencer, reader, marks),
    },
  ],
  exports: [RecordReader, RecordSubmission],
})
export class RecordsModule {}

function startVerification(shutdown: Shutdown, log: HubLog): VerificationThread {
  const thread = new VerificationThread((fault) => {
    log.error('The thread that verifies signatures has ended: they are verified in place.', fault);
  });
  shutdown.at('close-pools', () => thread.stop());
  return thread;
}
