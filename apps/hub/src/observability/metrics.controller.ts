import { Controller, Header, Req } from '@nestjs/common';
import type { Request } from 'express';
import { LiaisonError } from '#liaison/protocol';
import { isDirectLoopback } from '../http/client-address.js';
import { Endpoint } from '../http/endpoint.js';
import { Metrics } from './metrics.js';

@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Endpoint('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  async read(@Req() request: Request): Promise<string> {
    if (!isDirectLoopback(request)) throw new LiaisonError('not-found', 'There is nothing here.', { check: 'HUB-06' });
    return this.metrics.registry.metrics();
  }
}
