import { Controller } from '@nestjs/common';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { Deposits } from './deposits.js';
import { OpeningMaterial } from './opening-material.js';
import { OpeningStore } from './opening-store.js';
import { Openings } from './openings.js';

@Controller()
export class CustodyController {
  constructor(
    private readonly deposits: Deposits,
    private readonly openings: Openings,
    private readonly store: OpeningStore,
    private readonly material: OpeningMaterial,
  ) {}

  @Endpoint('depositKeys')
  async deposit(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'depositKeys'>,
  ): Promise<AnswerOf<'depositKeys'>> {
    return { deposits: await this.deposits.deposit(caller, body.deposits) };
  }

  @Endpoint('listDeposits')
  async list(
    @Caller() caller: AuthenticatedDevice,
    @Input() { query }: InputOf<'listDeposits'>,
  ): Promise<AnswerOf<'listDeposits'>> {
    const deposits = await this.deposits.list(caller, query);
    return { deposits, next: (deposits.at(-1)?.index ?? query.from - 1) + 1 };
  }

  @Endpoint('requestOpening')
  request(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'requestOpening'>,
  ): Promise<AnswerOf<'requestOpening'>> {
    return this.openings.request(caller, body);
  }

  @Endpoint('approveOpening')
  approve(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'approveOpening'>,
  ): Promise<AnswerOf<'approveOpening'>> {
    return this.openings.approve(caller, body);
  }

  @Endpoint('listOpenings')
  async readable(
    @Caller() { device }: AuthenticatedDevice,
    @Input() { query }: InputOf<'listOpenings'>,
  ): Promise<AnswerOf<'listOpenings'>> {
    const openings = await this.store.readable(device, query.from);
    return { openings, next: (openings.at(-1)?.index ?? query.from - 1) + 1 };
  }

  @Endpoint('listOwnOpenings')
  async own(@Caller() { contactPoint, duties }: AuthenticatedDevice): Promise<AnswerOf<'listOwnOpenings'>> {
    return { openings: duties.includes('administrator') ? await this.store.own(contactPoint) : [] };
  }

  @Endpoint('collectOpening')
  collect(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, query }: InputOf<'collectOpening'>,
  ): Promise<AnswerOf<'collectOpening'>> {
    return this.material.page(caller, params.opening, query.after);
  }
}
