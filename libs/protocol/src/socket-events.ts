import * as z from 'zod';
import { ChannelSummary } from './channels.js';
import { ErrorAnswer } from './directory.js';
import { ChannelId } from './ids.js';
import { ChannelEvent, Receipt, RecordEnvelope } from './record.js';
import { LIMITS } from './limits.js';
import type { RateClass } from './routes.js';

/** The socket is authenticated in its handshake by `auth: { token }`, and is closed when the session ends. */
export const SOCKET_PATH = '/v1/socket';

/** Largest message that the hub reads from a socket, in bytes. */
export const SOCKET_MESSAGE_LIMIT = 160 * 1024;

export interface ClientEventContract {
  readonly auth: 'device';
  readonly rate: RateClass;
  readonly payload: z.ZodType;
  /** What the acknowledgement carries; each may instead carry an ErrorAnswer. */
  readonly answer: z.ZodType;
  readonly summary: string;
}

const orError = <T extends z.ZodType>(schema: T) => z.union([schema, ErrorAnswer]);

/** Device to hub. Each is acknowledged once its effect is durable. */
export const CLIENT_EVENTS = {
  submit: {
    auth: 'device',
    rate: 'submit',
    payload: RecordEnvelope,
    answer: orError(Receipt),
    summary: 'Submit a record; the channel stands in its header.',
  },
  cursor: {
    auth: 'device',
    rate: 'submit',
    payload: z.strictObject({ channel: ChannelId, seq: z.int().min(0) }),
    answer: orError(z.strictObject({ seq: z.int().min(0) })),
    summary: "Move this device's durable cursor forward.",
  },
} as const satisfies Record<string, ClientEventContract>;

/** Hub to device. A push is a convenience: the truth is the channel's sequence, and a gap is mended by `listEvents`. */
export const HUB_EVENTS = {
  /** First of all, and again where the hub doubts what it has told: where every channel stands, so that the client knows what to fetch. From here on nothing is missed. */
  hello: z.strictObject({ channels: z.array(ChannelSummary), welcomes: z.int().min(0) }),
  /** A record, commit or proposal that has just become durable. */
  event: ChannelEvent,
  /** A Welcome waits: fetch `listWelcomes`. */
  welcome: z.strictObject({ channel: ChannelId }),
  /** This device is no longer a member; the last event it may fetch is `until`. */
  removed: z.strictObject({ channel: ChannelId, until: z.int().min(0) }),
  /** The hub closes the socket: at once, or when it stops for a while. */
  closing: z.strictObject({ reason: z.enum(['session-ended', 'revoked', 'stopping', 'too-slow']) }),
} as const;

/** Bytes that may wait for one slow socket before the hub closes it; the client comes back and catches up. */
export const SOCKET_BACKLOG_LIMIT = 64 * (LIMITS.bodyBytes + 4096);
