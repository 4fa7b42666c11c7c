import { Controller } from '@nestjs/common';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess } from '../channels/channel-access.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { GrantedRecords } from './granted-records.js';
import { Granting } from './granting.js';

@Controller()
export class HistoryController {
  constructor(
    private readonly granting: Granting,
    private readonly granted: GrantedRecords,
    private readonly access: ChannelAccess,
  ) {}

  @Endpoint('grantHistory')
  async grant(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, body }: InputOf<'grantHistory'>,
  ): Promise<AnswerOf<'grantHistory'>> {
    return { grants: await this.granting.grant(caller, params.channel, body) };
  }

  /** For as long as the device is a member: what it was granted once is no way back in. */
  @Endpoint('listGranted')
  async list(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, query }: InputOf<'listGranted'>,
  ): Promise<AnswerOf<'listGranted'>> {
    await this.access.asMember(caller, params.channel);
    return this.granted.page(caller.device, params.channel, query);
  }
}
