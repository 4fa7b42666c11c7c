import * as z from 'zod';
import { Health } from '../directory.js';
import { type RouteContract } from './contract.js';

/** What the hub says of itself. */
export const hubRoutes = {
  health: {
    method: 'GET',
    path: '/health',
    auth: 'public',
    rate: 'probe',
    bodyLimit: 0,
    summary: 'The process is alive.',
    response: Health,
  },
  ready: {
    method: 'GET',
    path: '/ready',
    auth: 'public',
    rate: 'probe',
    bodyLimit: 0,
    summary: 'The hub can serve: its database answers and its schema is current.',
    response: Health,
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    auth: 'public',
    rate: 'probe',
    bodyLimit: 0,
    summary: 'Prometheus metrics; answered to loopback callers only.',
    produces: 'text/plain',
  },
  openapi: {
    method: 'GET',
    path: '/v1/openapi.json',
    auth: 'public',
    rate: 'probe',
    bodyLimit: 0,
    summary: 'This contract as OpenAPI 3.1.',
  },
  getHub: {
    method: 'GET',
    path: '/v1/hub',
    auth: 'public',
    rate: 'probe',
    bodyLimit: 0,
    summary: 'The public keys and origin that a founding ceremony puts into the roster.',
    response: z.strictObject({ origin: z.string(), externalSenderKey: z.string(), logKey: z.string() }),
  },
} as const satisfies Record<string, RouteContract>;
