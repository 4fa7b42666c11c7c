import * as z from 'zod';
import { DeliveryReport, EventPage } from '../channels.js';
import { ChannelId, RecordId } from '../ids.js';
import { LIMITS } from '../limits.js';
import { ChannelEvent, Receipt, RecordEnvelope } from '../record.js';
import { type RouteContract, channel, count, KIB } from './contract.js';

const recordBytes = Math.ceil(((LIMITS.bodyBytes + LIMITS.mlsMessageBytes) * 4) / 3) + 2 * LIMITS.headerChars + KIB;

/** Records in the order of their channel, and who has got how far. */
export const recordsRoutes = {
  listEvents: {
    method: 'GET',
    path: '/v1/channels/:channel/events',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'The channel after a sequence number, gap-free, as far as this device was a member.',
    params: channel,
    query: z.strictObject({ after: count(0, Number.MAX_SAFE_INTEGER), limit: count(100, LIMITS.eventsPerPage) }),
    response: EventPage,
  },
  submitRecord: {
    method: 'POST',
    path: '/v1/channels/:channel/records',
    auth: 'device',
    rate: 'submit',
    bodyLimit: recordBytes,
    summary: 'Submit a record; idempotent by its id.',
    params: channel,
    body: RecordEnvelope,
    response: Receipt,
  },
  getRecord: {
    method: 'GET',
    path: '/v1/channels/:channel/records/:record',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'One record with its place.',
    params: z.strictObject({ channel: ChannelId, record: RecordId }),
    response: ChannelEvent,
  },
  getDelivery: {
    method: 'GET',
    path: '/v1/channels/:channel/delivery',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: "How far each member's device has got.",
    params: channel,
    response: DeliveryReport,
  },
  putCursor: {
    method: 'PUT',
    path: '/v1/channels/:channel/cursor',
    auth: 'device',
    rate: 'submit',
    bodyLimit: KIB,
    summary: "Move this device's durable cursor forward.",
    params: channel,
    body: z.strictObject({ seq: z.int().min(0) }),
    response: z.strictObject({ seq: z.int().min(0) }),
  },
} as const satisfies Record<string, RouteContract>;
