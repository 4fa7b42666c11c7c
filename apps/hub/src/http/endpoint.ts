import { createParamDecorator, applyDecorators, Delete, Get, HttpCode, Post, Put, SetMetadata } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type * as z from 'zod';
import { ROUTES, type RouteContract, type RouteName } from '#liaison/protocol';
import { exchangeOf } from './exchange.js';

/** Where the decorator leaves the row's name on the handler. */
export const ENDPOINT = 'liaison:endpoint';

const METHODS = { GET: Get, POST: Post, PUT: Put, DELETE: Delete } as const;

/**
 * Binds a controller's method to a row of the route table: method and path, who may call, how often, how large,
 * and what the input must look like. A handler without it is never served.
 */
export function Endpoint(name: RouteName): MethodDecorator {
  const route: RouteContract = ROUTES[name];
  return applyDecorators(METHODS[route.method](route.path), HttpCode(200), SetMetadata(ENDPOINT, name));
}

type OutputOf<Row, Part extends string> = Row extends { readonly [Name in Part]: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : Record<string, never>;

/** What a handler of the row is given: already validated. */
export interface InputOf<Name extends RouteName> {
  readonly params: OutputOf<(typeof ROUTES)[Name], 'params'>;
  readonly query: OutputOf<(typeof ROUTES)[Name], 'query'>;
  readonly body: OutputOf<(typeof ROUTES)[Name], 'body'>;
}

/** What a handler of the row answers. */
export type AnswerOf<Name extends RouteName> = OutputOf<(typeof ROUTES)[Name], 'response'>;

/** Parameter: `@Input() input: InputOf<'putRoster'>`. */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return exchangeOf(context.switchToHttp().getRequest<Request>()).requireInput();
});

/** Parameter: the authenticated caller of a row with auth mode `device`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return exchangeOf(context.switchToHttp().getRequest<Request>()).requireCaller();
});
