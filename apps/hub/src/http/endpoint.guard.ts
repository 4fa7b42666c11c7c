import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type * as z from 'zod';
import { explainIssues, LiaisonError, ROUTES, type RouteContract, type RouteName } from '#liaison/protocol';
import { Authentication } from '../identity/authentication.js';
import { isHalfOpen } from '../identity/session.service.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { networkOf } from './client-address.js';
import { ENDPOINT } from './endpoint.js';
import { exchangeOf, type UntypedInput } from './exchange.js';
import { RateLimiter } from './rate-limiter.js';
import { readJsonBody } from './read-body.js';

/** The one way in: rate limit, caller, body, input, in this order and by the row of the route table. */
@Injectable()
export class EndpointGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authentication: Authentication,
    private readonly rateLimiter: RateLimiter,
    private readonly shutdown: Shutdown,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const name = this.reflector.get<RouteName | undefined>(ENDPOINT, context.getHandler());
    // A handler that is bound to no row has no auth mode: it is as absent as the row.
    if (name === undefined) throw new LiaisonError('not-found', 'There is nothing here.', { check: 'HUB-01' });
    const route: RouteContract = ROUTES[name];
    const request = context.switchToHttp().getRequest<Request>();
    const exchange = exchangeOf(request);
    exchange.route = name;
    if (route.rate !== 'probe') this.refuseWhenStopping();
    if (route.auth === 'device') {
      exchange.caller = await this.authenticated(request);
      this.rateLimiter.take(route.rate, exchange.caller.device);
    } else {
      this.rateLimiter.take(route.rate, networkOf(request));
    }
    exchange.input = await readInput(route, request);
    return true;
  }

  private refuseWhenStopping(): void {
    if (!this.shutdown.hasBegun) return;
    const message = 'The hub is stopping. Wait a moment, then send the same again.';
    throw new LiaisonError('unavailable', message, { check: 'HUB-07', retryAfterMs: 2000 });
  }

  /** Failures are counted, so that guessing tokens soon meets `try-again`. */
  private async authenticated(request: Request) {
    try {
      return await this.authentication.bearer(request);
    } catch (error) {
      if (!isHalfOpen(error)) this.rateLimiter.take('sign-in', `failed ${networkOf(request)}`);
      throw error;
    }
  }
}

async function readInput(route: RouteContract, request: Request): Promise<UntypedInput> {
  const params = validated(route.params, request.params);
  const query = validated(route.query, request.query);
  const body = validated(route.body, await readJsonBody(request, route.bodyLimit));
  return { params, query, body };
}

function validated(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return {};
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('malformed', `The request is not valid: ${explainIssues(parsed.error)}.`, { check: 'HUB-04' });
}
