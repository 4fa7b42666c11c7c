import { Controller } from '@nestjs/common';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { Cursors } from './cursors.js';
import { Welcomes } from './welcomes.js';

/** What each device keeps at the hub for itself: Welcomes that wait for it, and how far it has got. */
@Controller()
export class WelcomesController {
  constructor(
    private readonly welcomes: Welcomes,
    private readonly cursors: Cursors,
  ) {}

  @Endpoint('listWelcomes')
  async listWelcomes(@Caller() caller: AuthenticatedDevice): Promise<AnswerOf<'listWelcomes'>> {
    return { welcomes: await this.welcomes.waitingFor(caller) };
  }

  @Endpoint('endWelcome')
  async endWelcome(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params }: InputOf<'endWelcome'>,
  ): Promise<AnswerOf<'endWelcome'>> {
    await this.welcomes.end(caller, params.welcome);
    return {};
  }

  @Endpoint('putCursor')
  async putCursor(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, body }: InputOf<'putCursor'>,
  ): Promise<AnswerOf<'putCursor'>> {
    return { seq: await this.cursors.move(caller.device, params.channel, body.seq) };
  }
}
