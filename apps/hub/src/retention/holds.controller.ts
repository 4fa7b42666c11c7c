import { Controller } from '@nestjs/common';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { HoldStore } from './hold-store.js';
import { Holding } from './holding.js';

@Controller()
export class HoldsController {
  constructor(
    private readonly holding: Holding,
    private readonly holds: HoldStore,
  ) {}

  @Endpoint('placeHold')
  place(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'placeHold'>,
  ): Promise<AnswerOf<'placeHold'>> {
    return this.holding.place(caller, body);
  }

  @Endpoint('liftHold')
  lift(@Caller() caller: AuthenticatedDevice, @Input() { body }: InputOf<'liftHold'>): Promise<AnswerOf<'liftHold'>> {
    return this.holding.lift(caller, body);
  }

  @Endpoint('listHolds')
  async list(
    @Caller() caller: AuthenticatedDevice,
    @Input() { query }: InputOf<'listHolds'>,
  ): Promise<AnswerOf<'listHolds'>> {
    const holds = await this.holds.readable(caller, query);
    const last = holds.at(-1);
    const next = last === undefined ? query.from : Math.max(last.index, last.lift?.index ?? 0) + 1;
    return { holds, next };
  }
}
