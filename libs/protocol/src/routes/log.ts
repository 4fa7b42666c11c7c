import * as z from 'zod';
import { text, Timestamp } from '../encoded.js';
import { DeviceAddress, RecordId } from '../ids.js';
import { LIMITS } from '../limits.js';
import {
  CosignatureReceipt,
  CosignatureReport,
  ExportedReport,
  LogEntryPage,
  LogIndex,
  OpenedReceipt,
  OpenedReport,
  ReceiptProof,
} from '../log.js';
import { type RouteContract, count, KIB } from './contract.js';

/** Segments behind `tile/<L>/`: libs/tlog says which paths there are. */
const tilePlace = z.array(z.string().max(8)).max(8);

/** The log, its proofs and its witnesses. */
export const logRoutes = {
  getLogCheckpoint: {
    method: 'GET',
    path: '/v1/log/checkpoint',
    auth: 'public',
    rate: 'read',
    bodyLimit: 0,
    summary: "The log's newest checkpoint with at least `cosigned` cosignatures: a signed note (C2SP tlog-checkpoint).",
    query: z.strictObject({ cosigned: count(0, 500) }),
    produces: 'text/plain',
  },
  getLogEntryBundle: {
    method: 'GET',
    path: '/v1/log/tile/entries/*place',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Entries of a level-0 tile (C2SP tlog-tiles); those that do not concern the caller are withheld.',
    params: z.strictObject({ place: tilePlace }),
    produces: 'application/octet-stream',
  },
  getLogTile: {
    method: 'GET',
    path: '/v1/log/tile/:level/*place',
    auth: 'public',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Hashes of the log, up to the newest checkpoint (C2SP tlog-tiles).',
    params: z.strictObject({ level: z.string().max(2), place: tilePlace }),
    produces: 'application/octet-stream',
  },
  getLogProof: {
    method: 'GET',
    path: '/v1/log/proofs/:index',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary:
      'Proof that an entry which concerns the caller stands in the log; try-again until a checkpoint with `cosigned` cosignatures covers it.',
    params: z.strictObject({ index: z.coerce.number().pipe(LogIndex) }),
    query: z.strictObject({ cosigned: count(0, 500) }),
    response: ReceiptProof,
  },
  listLogEntries: {
    method: 'GET',
    path: '/v1/log/entries',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Entries that concern the caller from an index on, all or those of a device or officer, a record, a time.',
    query: z.strictObject({
      from: count(0, Number.MAX_SAFE_INTEGER),
      limit: count(100, LIMITS.logEntriesPerPage),
      /** A device, or an officer as `contact point:officer`: as actor, subject or recipient. */
      person: z.union([DeviceAddress, z.string().regex(/^[a-z][a-z0-9-]{1,15}:[a-z0-9][a-z0-9-]{0,31}$/)]).optional(),
      record: RecordId.optional(),
      /** Both included. */
      since: Timestamp.optional(),
      until: Timestamp.optional(),
      /** Why: reading the log is itself logged. */
      purpose: text(300).optional(),
    }),
    response: LogEntryPage,
  },
  reportOpened: {
    method: 'POST',
    path: '/v1/log/opened',
    auth: 'device',
    rate: 'write',
    bodyLimit: LIMITS.openedEventsPerCall * 2 * KIB,
    summary: 'Signed statements of this device that its officer opened records; the same again is logged once.',
    body: OpenedReport,
    response: OpenedReceipt,
  },
  reportExported: {
    method: 'POST',
    path: '/v1/log/exported',
    auth: 'device',
    rate: 'write',
    bodyLimit: LIMITS.openedEventsPerCall * 2 * KIB,
    summary: 'Signed statements of this device that its officer exported records; the same again is logged once.',
    body: ExportedReport,
    response: OpenedReceipt,
  },
  getWitnessRequest: {
    method: 'GET',
    path: '/v1/log/witness-request',
    auth: 'public',
    rate: 'read',
    bodyLimit: 0,
    summary: 'What to ask a witness that cosigned last at size `old`: an add-checkpoint body (C2SP tlog-witness).',
    query: z.strictObject({ old: count(0, Number.MAX_SAFE_INTEGER) }),
    produces: 'text/plain',
  },
  addCosignatures: {
    method: 'POST',
    path: '/v1/log/cosignatures',
    auth: 'self-verifying',
    rate: 'write',
    bodyLimit: 32 * KIB,
    summary: "Cosignatures of the roster's witnesses for a checkpoint of the log.",
    body: CosignatureReport,
    response: CosignatureReceipt,
  },
} as const satisfies Record<string, RouteContract>;
