import type { NextFunction, Request, Response } from 'express';
import { newId, type Clock, type RandomSource } from '#liaison/protocol';
import type { HubLog } from '../observability/hub-log.js';
import type { Metrics } from '../observability/metrics.js';
import type { RequestsUnderWay } from './requests-under-way.js';
import { beginExchange, Exchange } from './exchange.js';

/** First of all for every request: gives it an id, forbids caching, and measures it. What it logs names the route, not the path. */
export function frontDoor(
  ports: { clock: Clock; random: RandomSource },
  log: HubLog,
  metrics: Metrics,
  underWay: RequestsUnderWay,
) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const exchange = new Exchange(newId(ports.clock, ports.random), ports.clock.now());
    beginExchange(request, exchange);
    response.setHeader('X-Request-Id', exchange.id);
    response.setHeader('Cache-Control', 'no-store');
    underWay.begin(response);
    response.once('finish', () => {
      const ms = ports.clock.now() - exchange.startedAt;
      const [route, status] = [exchange.route ?? 'none', response.statusCode];
      metrics.requestSeconds.observe({ route, status }, ms / 1000);
      log.debug('Request answered.', { requestId: exchange.id, route, status, ms });
    });
    next();
  };
}
