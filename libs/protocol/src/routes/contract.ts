import * as z from 'zod';
import { ChannelId } from '../ids.js';

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
  /** Of TLS, where it ends at the hub: by network address, before there is a request. */
  handshake: { perSecond: 100, burst: 1000 },
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
  readonly produces?: 'text/plain' | 'text/html' | 'text/javascript' | 'text/css' | 'application/octet-stream';
  /** Of a `device` route: whether a session may call it that still lacks its second proof. */
  readonly halfOpen?: true;
}

export const KIB = 1024;
export const channel = z.strictObject({ channel: ChannelId });
export const count = (fallback: number, most: number) => z.coerce.number().int().min(0).max(most).default(fallback);
