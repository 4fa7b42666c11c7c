import { Module } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Clock } from '#liaison/protocol';
import { ChannelStates } from '../channels/channel-states.js';
import { ChannelsModule } from '../channels/channels.module.js';
import { PG_POOL } from '../database/tokens.js';
import { MarkRules } from '../policy/mark-rules.js';
import { PolicyModule } from '../policy/policy.module.js';
import { CLOCK } from '../ports.js';
import { RecordAdmission } from './record-admission.js';
import { RecordReader } from './record-reader.js';
import { RecordSubmission } from './record-submission.js';
import { RecordsController } from './records.controller.js';
import { Sequencer } from './sequencer.js';
import { SequencerModule } from './sequencer.module.js';

/** Records from the wire to their receipt, and the sequence as members read it. */
@Module({
  imports: [ChannelsModule, PolicyModule, SequencerModule],
  controllers: [RecordsController],
  providers: [
    { provide: RecordReader, inject: [PG_POOL], useFactory: (pool: Pool) => new RecordReader(pool) },
    {
      provide: RecordSubmission,
      inject: [ChannelStates, CLOCK, Sequencer, RecordReader, MarkRules],
      useFactory: submissionOf,
    },
  ],
  exports: [RecordSubmission],
})
export class RecordsModule {}

function submissionOf(
  states: ChannelStates,
  clock: Clock,
  sequencer: Sequencer,
  reader: RecordReader,
  marks: MarkRules,
): RecordSubmission {
  return new RecordSubmission(new RecordAdmission(states, clock), sequencer, reader, marks);
}
