import { Controller } from '@nestjs/common';
import { LIMITS, type Receipt } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess, mayRead, stretchAfter, summaryOf } from '../channels/channel-access.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { absentRecord, RecordReader } from './record-reader.js';
import { RecordSubmission } from './record-submission.js';

@Controller()
export class RecordsController {
  constructor(
    private readonly submission: RecordSubmission,
    private readonly reader: RecordReader,
    private readonly access: ChannelAccess,
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

  /** A record from a time when the device was no member is as absent as one that does not exist. */
  @Endpoint('getRecord')
  async getRecord(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params }: InputOf<'getRecord'>,
  ): Promise<AnswerOf<'getRecord'>> {
    const readable = await this.access.readable(caller, params.channel);
    const event = await this.reader.record(params.channel, params.record);
    if (event === undefined || !mayRead(readable, event.seq)) throw absentRecord();
    return event;
  }
}
