import * as z from 'zod';
import { ErasureOrders, ErasurePage, ErasureReceipt } from '../erasure.js';
import { LIMITS } from '../limits.js';
import { type RouteContract, channel, count, KIB } from './contract.js';

/** Erasure after review. */
export const retentionRoutes = {
  eraseRecords: {
    method: 'POST',
    path: '/v1/channels/:channel/erasures',
    auth: 'device',
    rate: 'write',
    bodyLimit: LIMITS.erasuresPerCall * 2 * KIB,
    summary:
      'Signed orders of an administrator to erase the content of records that are past their review; each is logged.',
    params: channel,
    body: ErasureOrders,
    response: ErasureReceipt,
  },
  listErasures: {
    method: 'GET',
    path: '/v1/erasures',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'What was erased of the records that this device could read, from an index of the log on.',
    query: z.strictObject({ from: count(0, Number.MAX_SAFE_INTEGER) }),
    response: ErasurePage,
  },
} as const satisfies Record<string, RouteContract>;
