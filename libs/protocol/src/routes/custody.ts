import * as z from 'zod';
import {
  CustodyDeposits,
  CustodyOpening,
  DepositPage,
  DepositReceipt,
  LoggedOrRefused,
  MaterialPage,
  OpeningApproval,
  OpeningId,
  OpeningPage,
  OpeningRequest,
  OwnOpenings,
} from '../custody.js';
import { HoldLift, HoldOrder, HoldPage } from '../hold.js';
import { ChannelId } from '../ids.js';
import { LIMITS } from '../limits.js';
import { LogIndex } from '../log.js';
import { KIB, type RouteContract } from './contract.js';

/** An index of the log. */
const from = z.coerce.number().pipe(LogIndex).default(0);
const opening = z.strictObject({ opening: OpeningId });
const device = { auth: 'device' } as const;

/** Custody and legal hold: docs/spec/custody.md, docs/spec/retention.md. */
export const custodyRoutes = {
  depositKeys: {
    ...device,
    method: 'POST',
    path: '/v1/custody/deposits',
    rate: 'write',
    bodyLimit: LIMITS.depositsPerCall * KIB,
    summary: "Content keys of records, sealed to the custody key of the caller's contact point; each is logged.",
    body: CustodyDeposits,
    response: DepositReceipt,
  },
  listDeposits: {
    ...device,
    method: 'GET',
    path: '/v1/custody/deposits',
    rate: 'read',
    bodyLimit: 0,
    summary: "Deposits of an administrator's contact point, from an index of the log on: which records, no keys.",
    query: z.strictObject({ from, channel: ChannelId.optional() }),
    response: DepositPage,
  },
  requestOpening: {
    ...device,
    method: 'POST',
    path: '/v1/custody/openings',
    rate: 'write',
    bodyLimit: 16 * KIB + LIMITS.recordsPerOpening * 64,
    summary: 'An administrator asks, signed, for deposits of their contact point; logged, and shown to the members.',
    body: OpeningRequest,
    response: z.union([CustodyOpening, z.strictObject({ refused: z.string().max(16) })]),
  },
  approveOpening: {
    ...device,
    method: 'POST',
    path: '/v1/custody/approvals',
    rate: 'write',
    bodyLimit: 4 * KIB,
    summary: 'A second administrator agrees to an opening, where the roster asks for two.',
    body: OpeningApproval,
    response: LoggedOrRefused,
  },
  listOpenings: {
    ...device,
    method: 'GET',
    path: '/v1/custody/openings',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Openings of records that this device could read, from an index of the log on.',
    query: z.strictObject({ from }),
    response: OpeningPage,
  },
  listOwnOpenings: {
    ...device,
    method: 'GET',
    path: '/v1/custody/own-openings',
    rate: 'read',
    bodyLimit: 0,
    summary: "An administrator's contact point's openings, newest first, those that wait among them.",
    response: OwnOpenings,
  },
  collectOpening: {
    ...device,
    method: 'GET',
    path: '/v1/custody/openings/:opening/material',
    rate: 'read',
    bodyLimit: 0,
    summary: 'What was asked for: records as they are stored, with the deposits of their keys.',
    params: opening,
    query: z.strictObject({ after: z.coerce.number().int().min(0).max(LIMITS.recordsPerOpening).default(0) }),
    response: MaterialPage,
  },
  placeHold: {
    ...device,
    method: 'POST',
    path: '/v1/holds',
    rate: 'write',
    bodyLimit: 16 * KIB + LIMITS.recordsPerHold * 64,
    summary: 'An administrator of a contact point in the channel forbids, signed, that records are erased; logged.',
    body: HoldOrder,
    response: LoggedOrRefused,
  },
  liftHold: {
    ...device,
    method: 'POST',
    path: '/v1/holds/lifts',
    rate: 'write',
    bodyLimit: 4 * KIB,
    summary: 'The contact point that placed a hold gives it up, signed; logged.',
    body: HoldLift,
    response: LoggedOrRefused,
  },
  listHolds: {
    ...device,
    method: 'GET',
    path: '/v1/holds',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Holds in channels that this device could read, or in one of them, from an index of the log on.',
    query: z.strictObject({ from, channel: ChannelId.optional() }),
    response: HoldPage,
  },
} as const satisfies Record<string, RouteContract>;
