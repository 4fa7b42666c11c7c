import { Controller, Inject } from '@nestjs/common';
import type { Pool } from 'pg';
import { LIMITS, type Receipt } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess, isMember, mayRead, stretchAfter, summaryOf } from '../channels/channel-access.js';
import { PG_POOL } from '../database/tokens.js';
import { grantedAmong } from '../history/granted-places.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { absentRecord, RecordReader } from './record-reader.js';
import { RecordSubmission } from './record-submission.js';

@Controller()
export class RecordsController {
  constructor(
    private readonly submission: RecordSubmission,
    private readonly reader: RecordReader,
    private readonly access: ChannelAccess,
    @Inject(PG_POOL) private readonly pool: Pool,
  ) {}

  @Endpoint('submitRecord')
  submitRecord(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params: { channel }, body: received }: InputOf<'submitRecord'>,
  ): Promise<AnswerOf<'submitRecord'>> {
    return new Promise<Receipt>((receipt, refused) => {
      this.submission.submit({ caller, channel, received }, { receipt, refused });
    });
  }

  @Endpoint('listEvents')
  async listEvents(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, query }: InputOf<'listEvents'>,
  ): Promise<AnswerOf<'listEvents'>> {
    const readable = await this.access.readable(caller, params.channel);
    const stretch = stretchAfter(readable, query.after);
    const limits = { events: query.limit, chars: LIMITS.eventPageChars };
    const events =
      stretch === undefined || query.limit === 0 ? [] : await this.reader.page(params.channel, stretch, limits);
    return { events, lastSeq: summaryOf(readable).lastSeq };
  }

  /** A record from a time when the device was no member, and that nobody granted it, is as absent as one that does not exist. */
  @Endpoint('getRecord')
  async getRecord(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params }: InputOf<'getRecord'>,
  ): Promise<AnswerOf<'getRecord'>> {
    const readable = await this.access.readable(caller, params.channel);
    const event = await this.reader.record(params.channel, params.record);
    if (event === undefined) throw absentRecord();
    if (mayRead(readable, event.seq)) return event;
    const granted = isMember(readable)
      ? await grantedAmong(this.pool, caller.device, params.channel, [event.seq])
      : new Set<number>();
    if (!granted.has(event.seq)) throw absentRecord();
    return event;
  }
}
