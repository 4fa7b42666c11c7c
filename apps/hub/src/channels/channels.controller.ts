import { Controller } from '@nestjs/common';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { ChannelQueries } from './channel-queries.js';
import { decodeField } from './decode-field.js';
import { DeliveryService } from './delivery-service.js';
import { LeavingDesk } from './leaving-desk.js';

@Controller()
export class ChannelsController {
  constructor(
    private readonly delivery: DeliveryService,
    private readonly queries: ChannelQueries,
    private readonly leaving: LeavingDesk,
  ) {}

  @Endpoint('listChannels')
  async listChannels(@Caller() caller: AuthenticatedDevice): Promise<AnswerOf<'listChannels'>> {
    return { channels: await this.queries.list(caller) };
  }

  @Endpoint('createChannel')
  async createChannel(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'createChannel'>,
  ): Promise<AnswerOf<'createChannel'>> {
    const channel = await this.delivery.create(caller, decodeField(body.groupInfo));
    return this.queries.detail(caller, channel);
  }

  @Endpoint('getChannel')
  getChannel(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params }: InputOf<'getChannel'>,
  ): Promise<AnswerOf<'getChannel'>> {
    return this.queries.detail(caller, params.channel);
  }

  @Endpoint('getGroupInfo')
  getGroupInfo(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params }: InputOf<'getGroupInfo'>,
  ): Promise<AnswerOf<'getGroupInfo'>> {
    return this.queries.groupInfo(caller, params.channel);
  }

  @Endpoint('submitCommit')
  submitCommit(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, body }: InputOf<'submitCommit'>,
  ): Promise<AnswerOf<'submitCommit'>> {
    const { welcome } = body;
    return this.delivery.commit(caller, params.channel, {
      commit: decodeField(body.commit),
      groupInfo: decodeField(body.groupInfo),
      ...(welcome === undefined ? {} : { welcome: decodeField(welcome) }),
    });
  }

  @Endpoint('leaveChannel')
  leaveChannel(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, body }: InputOf<'leaveChannel'>,
  ): Promise<AnswerOf<'leaveChannel'>> {
    return this.leaving.leave(caller, params.channel, body);
  }

  @Endpoint('getDelivery')
  getDelivery(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params }: InputOf<'getDelivery'>,
  ): Promise<AnswerOf<'getDelivery'>> {
    return this.queries.delivery(caller, params.channel);
  }
}
