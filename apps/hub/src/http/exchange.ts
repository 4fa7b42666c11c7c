import type { Request } from 'express';
import type { RouteName } from '#liaison/protocol';
import { LiaisonError } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';

/** Validated by the row's schemas; an absent schema gives an empty object. */
export interface UntypedInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** What the hub knows of one request, beside the request itself. */
export class Exchange {
  route: RouteName | undefined;
  caller: AuthenticatedDevice | undefined;
  input: UntypedInput | undefined;

  constructor(
    /** Told in the answer's header, in an error and in the log. */
    readonly id: string,
    /** Milliseconds since 1970. */
    readonly startedAt: number,
  ) {}

  requireCaller(): AuthenticatedDevice {
    if (this.caller !== undefined) return this.caller;
    throw new LiaisonError('internal', 'A handler asks for a caller that its route does not authenticate.');
  }

  requireInput(): UntypedInput {
    if (this.input !== undefined) return this.input;
    throw new LiaisonError('internal', 'A handler asks for input that was not validated.');
  }
}

const exchanges = new WeakMap<Request, Exchange>();

export function beginExchange(request: Request, exchange: Exchange): void {
  exchanges.set(request, exchange);
}

export function exchangeOf(request: Request): Exchange {
  const exchange = exchanges.get(request);
  if (exchange === undefined) throw new LiaisonError('internal', 'This request did not pass the front door.');
  return exchange;
}
