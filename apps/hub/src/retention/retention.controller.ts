import { Controller, Inject } from '@nestjs/common';
import type { Pool } from 'pg';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { PG_POOL } from '../database/tokens.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { Erasing } from './erasing.js';
import { readableErasures } from './erasure-store.js';

@Controller()
export class RetentionController {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly erasing: Erasing,
  ) {}

  @Endpoint('eraseRecords')
  async erase(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, body }: InputOf<'eraseRecords'>,
  ): Promise<AnswerOf<'eraseRecords'>> {
    return { orders: await this.erasing.erase(caller, params.channel, body.orders) };
  }

  @Endpoint('listErasures')
  async erasures(
    @Caller() { device }: AuthenticatedDevice,
    @Input() { query }: InputOf<'listErasures'>,
  ): Promise<AnswerOf<'listErasures'>> {
    const erasures = await readableErasures(this.pool, device, query.from);
    const next = (erasures.at(-1)?.index ?? query.from - 1) + 1;
    return { erasures, next };
  }
}
