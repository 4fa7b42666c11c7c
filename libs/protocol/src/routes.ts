import * as z from 'zod';
import {
  ChannelCreation,
  ChannelDetail,
  ChannelSummary,
  ClaimedKeyPackages,
  CommitReceipt,
  CommitSubmission,
  DeliveryReport,
  EventPage,
  KeyPackageClaim,
  KeyPackageCount,
  KeyPackageUpload,
  PendingWelcome,
} from './channels.js';
import { DeviceDirectory, Health, RevocationList } from './directory.js';
import { base64urlUpTo, text, Timestamp } from './encoded.js';
import { ErasureOrders, ErasurePage, ErasureReceipt } from './erasure.js';
import {
  EnrolmentDecision,
  EnrolmentRequest,
  EnrolmentState,
  InvitationId,
  InvitationList,
  InvitationUpload,
  InvitationView,
} from './enrolment.js';
import { RenewalList, RenewalRequest, RenewalState, RenewedCertificate } from './renewal.js';
import { ChannelId, ContactPointId, DeviceAddress, RecordId } from './ids.js';
import { LIMITS } from './limits.js';
import {
  CosignatureReceipt,
  CosignatureReport,
  ExportedReport,
  LogEntryPage,
  LogIndex,
  OpenedReceipt,
  OpenedReport,
  ReceiptProof,
} from './log.js';
import { ChannelEvent, Receipt, RecordEnvelope } from './record.js';
import { SignedRoster } from './roster.js';
import { Session, SessionChallenge, SessionRequest } from './session.js';

/** `public`: anyone. `device`: a bearer token of a device in good standing. `self-verifying`: anyone, for the body carries signatures that the hub checks. */
export type AuthMode = 'public' | 'device' | 'self-verifying';

/** Token buckets, one for each caller: the device where there is a session, else the network address. */
export const RATE_CLASSES = {
  probe: { perSecond: 20, burst: 40 },
  'sign-in': { perSecond: 10, burst: 200 },
  read: { perSecond: 50, burst: 400 },
  write: { perSecond: 10, burst: 200 },
  claim: { perSecond: 2, burst: 50 },
  submit: { perSecond: 300, burst: 600 },
  enrol: { perSecond: 1, burst: 30 },
  socket: { perSecond: 10, burst: 200 },
} as const;
export type RateClass = keyof typeof RATE_CLASSES;

export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Express form: `/v1/channels/:channel/events`. */
  readonly path: string;
  readonly auth: AuthMode;
  readonly rate: RateClass;
  /** Largest request body in bytes; 0 where there is none. */
  readonly bodyLimit: number;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly response?: z.ZodType;
  /** Content type of an answer that is not JSON. */
  readonly produces?: 'text/plain' | 'application/octet-stream';
}

const KIB = 1024;
const recordBytes = Math.ceil(((LIMITS.bodyBytes + LIMITS.mlsMessageBytes) * 4) / 3) + 2 * LIMITS.headerChars + KIB;
const channel = z.strictObject({ channel: ChannelId });
const contactPoint = z.strictObject({ contactPoint: ContactPointId });
/** Segments behind `tile/<L>/`: libs/tlog says which paths there are. */
const tilePlace = z.array(z.string().max(8)).max(8);
const count = (fallback: number, most: number) => z.coerce.number().int().min(0).max(most).default(fallback);

/** The whole REST contract. The hub binds a handler to each; a test fails on a handler without a row and on a row without an auth mode. */
export const ROUTES = {
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
  getRoster: {
    method: 'GET',
    path: '/v1/roster',
    auth: 'public',
    rate: 'read',
    bodyLimit: 0,
    summary: 'The newest signed roster, or the version asked for.',
    query: z.strictObject({ version: z.coerce.number().int().min(1).optional() }),
    response: SignedRoster,
  },
  putRoster: {
    method: 'PUT',
    path: '/v1/roster',
    auth: 'self-verifying',
    rate: 'sign-in',
    bodyLimit: 2 * LIMITS.rosterChars,
    summary: 'Publish a signed roster: the founding one, or the next version under the threshold of the last.',
    body: SignedRoster,
    response: SignedRoster,
  },

  createChallenge: {
    method: 'POST',
    path: '/v1/session/challenge',
    auth: 'public',
    rate: 'sign-in',
    bodyLimit: KIB,
    summary: 'A nonce to sign.',
    body: z.strictObject({}),
    response: SessionChallenge,
  },
  createSession: {
    method: 'POST',
    path: '/v1/session',
    auth: 'self-verifying',
    rate: 'sign-in',
    bodyLimit: 16 * KIB,
    summary: 'Sign in with a device certificate and a signature over the nonce.',
    body: SessionRequest,
    response: Session,
  },
  endSession: {
    method: 'DELETE',
    path: '/v1/session',
    auth: 'device',
    rate: 'write',
    bodyLimit: 0,
    summary: 'End this session.',
  },

  listDevices: {
    method: 'GET',
    path: '/v1/contact-points/:contactPoint/devices',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Certificates of the devices of a contact point.',
    params: contactPoint,
    response: DeviceDirectory,
  },
  getRevocationList: {
    method: 'GET',
    path: '/v1/contact-points/:contactPoint/crl',
    auth: 'public',
    rate: 'read',
    bodyLimit: 0,
    summary: "The contact point's newest CRL.",
    params: contactPoint,
    response: RevocationList,
  },
  putRevocationList: {
    method: 'PUT',
    path: '/v1/contact-points/:contactPoint/crl',
    auth: 'self-verifying',
    rate: 'sign-in',
    bodyLimit: 2 * LIMITS.crlBytes,
    summary: 'Publish a CRL signed by the contact point CA, with a higher number than the last.',
    params: contactPoint,
    body: RevocationList,
    response: RevocationList,
  },

  createInvitation: {
    method: 'POST',
    path: '/v1/invitations',
    auth: 'device',
    rate: 'claim',
    bodyLimit: 8 * KIB,
    summary: "Invite an officer's new device: an administrator of its contact point, who signs the invitation.",
    body: InvitationUpload,
    response: InvitationView,
  },
  listInvitations: {
    method: 'GET',
    path: '/v1/invitations',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: "The newest invitations of the caller's contact point, for its administrators; for others there are none.",
    response: InvitationList,
  },
  requestEnrolment: {
    method: 'POST',
    path: '/v1/enrolments',
    auth: 'self-verifying',
    rate: 'enrol',
    bodyLimit: 4 * KIB,
    summary: 'A new device answers an invitation with the key that it made; the same again tells what was decided.',
    body: EnrolmentRequest,
    response: EnrolmentState,
  },
  decideEnrolment: {
    method: 'PUT',
    path: '/v1/invitations/:invitation/decision',
    auth: 'device',
    rate: 'claim',
    bodyLimit: 8 * KIB,
    summary: 'An administrator gives the certificate that the contact point CA issued, or refuses; once.',
    params: z.strictObject({ invitation: InvitationId }),
    body: EnrolmentDecision,
    response: InvitationView,
  },

  requestRenewal: {
    method: 'POST',
    path: '/v1/renewals',
    auth: 'device',
    rate: 'write',
    bodyLimit: 8 * KIB,
    summary: 'A device asks to be certified for longer; the same again tells what has become of it.',
    body: RenewalRequest,
    response: RenewalState,
  },
  listRenewals: {
    method: 'GET',
    path: '/v1/renewals',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary:
      "Devices of the caller's contact point that wait for a certificate, for its administrators; for others there are none.",
    response: RenewalList,
  },
  giveRenewal: {
    method: 'POST',
    path: '/v1/renewals/certificates',
    auth: 'device',
    rate: 'write',
    bodyLimit: 8 * KIB,
    summary: 'An administrator brings a certificate that the contact point CA issued for a device that waits.',
    body: RenewedCertificate,
    response: RenewalState,
  },

  countKeyPackages: {
    method: 'GET',
    path: '/v1/key-packages',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'How many KeyPackages of this device the hub still holds.',
    response: KeyPackageCount,
  },
  addKeyPackages: {
    method: 'POST',
    path: '/v1/key-packages',
    auth: 'device',
    rate: 'write',
    bodyLimit: 2048 * KIB,
    summary: 'Add one-time KeyPackages of this device, or replace its last-resort one.',
    body: KeyPackageUpload,
    response: KeyPackageCount,
  },
  claimKeyPackages: {
    method: 'POST',
    path: '/v1/key-packages/claim',
    auth: 'device',
    rate: 'claim',
    bodyLimit: 64 * KIB,
    summary: 'Take one KeyPackage of each device, to add it to a channel.',
    body: KeyPackageClaim,
    response: ClaimedKeyPackages,
  },

  listChannels: {
    method: 'GET',
    path: '/v1/channels',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Channels of which this device is or was a member.',
    response: z.strictObject({ channels: z.array(ChannelSummary) }),
  },
  createChannel: {
    method: 'POST',
    path: '/v1/channels',
    auth: 'device',
    rate: 'write',
    bodyLimit: 3 * LIMITS.groupInfoBytes,
    summary: 'Create a channel from the GroupInfo of its epoch 0.',
    body: ChannelCreation,
    response: ChannelDetail,
  },
  getChannel: {
    method: 'GET',
    path: '/v1/channels/:channel',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Profile and members of a channel.',
    params: channel,
    response: ChannelDetail,
  },
  getGroupInfo: {
    method: 'GET',
    path: '/v1/channels/:channel/group-info',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'The newest GroupInfo, for a member that lost its state and joins again.',
    params: channel,
    response: z.strictObject({ epoch: z.int().min(0), groupInfo: base64urlUpTo(LIMITS.groupInfoBytes) }),
  },
  submitCommit: {
    method: 'POST',
    path: '/v1/channels/:channel/commits',
    auth: 'device',
    rate: 'write',
    bodyLimit: 6 * 1024 * KIB,
    summary: 'Order a commit; refused as stale-epoch where another came first.',
    params: channel,
    body: CommitSubmission,
    response: CommitReceipt,
  },
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

  listWelcomes: {
    method: 'GET',
    path: '/v1/welcomes',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Welcomes that wait for this device, oldest first.',
    response: z.strictObject({ welcomes: z.array(PendingWelcome) }),
  },
  endWelcome: {
    method: 'DELETE',
    path: '/v1/welcomes/:welcome',
    auth: 'device',
    rate: 'write',
    bodyLimit: 0,
    summary: 'This device has joined, or cannot: do not offer the Welcome again.',
    params: z.strictObject({ welcome: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) }),
  },

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

export type RouteName = keyof typeof ROUTES;
