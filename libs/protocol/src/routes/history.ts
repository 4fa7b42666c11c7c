import * as z from 'zod';
import { GrantedPage, HistoryOrder, HistoryReceipt } from '../history.js';
import { DeviceAddress } from '../ids.js';
import { LIMITS } from '../limits.js';
import { type RouteContract, channel, count, KIB } from './contract.js';

/** The past of a channel, for members who were not there: docs/spec/history.md. */
export const historyRoutes = {
  grantHistory: {
    method: 'POST',
    path: '/v1/channels/:channel/grants',
    auth: 'device',
    rate: 'write',
    bodyLimit: LIMITS.grantsPerCall * KIB,
    summary: 'Signed grants of records to a member that was not there when they were sent; each is logged, once.',
    params: channel,
    body: HistoryOrder,
    response: HistoryReceipt,
  },
  listGranted: {
    method: 'GET',
    path: '/v1/channels/:channel/granted',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Records of a channel that were granted to this device, sealed as they are stored, after a place.',
    params: channel,
    query: z.strictObject({
      /** Who granted them. */
      by: DeviceAddress,
      after: count(0, Number.MAX_SAFE_INTEGER),
      limit: count(50, LIMITS.grantedPerPage),
    }),
    response: GrantedPage,
  },
} as const satisfies Record<string, RouteContract>;
