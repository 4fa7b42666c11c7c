import { io, type ManagerOptions, type Socket } from 'socket.io-client';
import {
  concatBytes,
  ERROR_CODES,
  ErrorAnswer,
  type ErrorCode,
  fromUtf8,
  LiaisonError,
  type RouteContract,
  ROUTES,
  SOCKET_PATH,
  type RouteName,
} from '#liaison/protocol';
import type { HubRequest, HubSocket, HubTransport, SocketMessage } from './hub-transport.js';

export interface HttpTransportOptions {
  /** Such as `https://hub.example`. */
  readonly hubUrl: string;
  /** After how many milliseconds a call is given up. Default 30,000. */
  readonly timeoutMs?: number;
  /** How connections are made. Default: as the platform does. */
  readonly network?: Network;
}

/** One HTTP exchange. */
export interface Exchange {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** What came back; no redirection was followed. */
export interface HttpAnswer {
  readonly status: number;
  /** To be read at once, and once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Makes connections. */
export interface Network {
  /** @throws where nothing came back; a LiaisonError is passed on as it is. */
  exchange(asked: Exchange): Promise<HttpAnswer>;
  /** For the socket of socket.io. */
  socketOptions(): Partial<ManagerOptions>;
}

const TIMEOUT_MS = 30_000;
/** More than any answer of the contract: a page of events, with slack. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

/** REST by `fetch`, events by socket.io over WebSocket. Works in browsers and Node. */
export function httpTransport(options: HttpTransportOptions): HubTransport {
  const { hubUrl, timeoutMs = TIMEOUT_MS, network = platformNetwork } = options;
  return {
    request: async (route, request, token) => {
      const answer = await reach(network, {
        url: hubUrl + pathOf(route, request),
        method: ROUTES[route].method,
        headers: {
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (answer.status < 200 || answer.status > 299) throw refusalOf(answer.status, jsonOf(answer.body));
      return valueOf(route, answer.body);
    },
    openSocket: (token) => openSocket(hubUrl, { token, timeoutMs, more: network.socketOptions() }),
  };
}

const platformNetwork: Network = {
  exchange: async ({ url, ...init }) => {
    const response = await fetch(url, { ...init, redirect: 'error' });
    return { status: response.status, chunks: chunksOf(response) };
  },
  socketOptions: () => ({}),
};

function pathOf(route: RouteName, request: HubRequest): string {
  const path = ROUTES[route].path.replaceAll(/[:*](\w+)/g, (_whole, name: string) =>
    segmentsOf(request.params?.[name]),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** One segment, or the several that a `*` stands for. */
function segmentsOf(value: unknown): string {
  const segments: readonly unknown[] = Array.isArray(value) ? value : [value ?? ''];
  return segments.map((segment) => encodeURIComponent(String(segment))).join('/');
}

interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

async function reach(network: Network, asked: Exchange): Promise<Answer> {
  try {
    const { status, chunks } = await network.exchange(asked);
    return { status, body: await wholeOf(chunks) };
  } catch (cause) {
    if (cause instanceof LiaisonError) throw cause;
    throw new LiaisonError('unavailable', whyUnreachable(cause), { cause });
  }
}

/** Whoever runs this has to know where something answered that is not to be trusted. */
function whyUnreachable(cause: unknown): string {
  const distrust = [codeOf(cause), codeOf(cause instanceof Error ? cause.cause : undefined)].find((code) =>
    /CERT|LEAF_SIGNATURE/.test(code),
  );
  return distrust === undefined
    ? 'The hub cannot be reached. Check the connection; what is queued stays queued.'
    : `The certificate of the hub is not trusted here (${distrust}). Check the address, and the file of authorities.`;
}

/** As Node names what went wrong; "fetch" wraps it. */
function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : '';
}

/** Reads at most {@link LARGEST_ANSWER}: a hostile hub may not fill the memory. */
async function wholeOf(received: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of received) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new RangeError('The answer is larger than any of the contract.');
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) yield read.value;
}

/** `undefined` for what is not of the form that the route produces: the caller checks. */
function valueOf(route: RouteName, body: Uint8Array): unknown {
  const { produces }: RouteContract = ROUTES[route];
  if (produces === 'application/octet-stream') return body;
  return produces?.startsWith('text/') === true ? textOf(body) : jsonOf(body);
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return fromUtf8(body);
  } catch {
    return undefined;
  }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body)) as unknown;
  } catch {
    return undefined;
  }
}

function refusalOf(status: number, value: unknown): LiaisonError {
  const answer = ErrorAnswer.safeParse(value);
  if (answer.success) return errorOf(answer.data);
  const code: ErrorCode = status === 429 ? 'try-again' : status >= 500 ? 'unavailable' : 'internal';
  return new LiaisonError(code, `The hub, or something before it, refused with status ${status}.`);
}

function errorOf({ error }: ErrorAnswer): LiaisonError {
  const code = Object.keys(ERROR_CODES).find((known): known is ErrorCode => known === error.code) ?? 'internal';
  return new LiaisonError(code, error.message, {
    ...(error.check === undefined ? {} : { check: error.check }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

const HUB_EVENT_NAMES = ['hello', 'event', 'welcome', 'removed', 'closing'] as const;

interface SocketWish {
  readonly token: string;
  readonly timeoutMs: number;
  readonly more: Partial<ManagerOptions>;
}

function openSocket(hubUrl: string, { token, timeoutMs, more }: SocketWish): HubSocket {
  const socket = io(hubUrl, {
    ...more,
    path: SOCKET_PATH,
    transports: ['websocket'],
    auth: { token },
    reconnection: false,
    forceNew: true,
    timeout: timeoutMs,
    autoConnect: false,
  });
  return {
    submit: (envelope) => ask(socket, 'submit', envelope, timeoutMs),
    cursor: (position) => ask(socket, 'cursor', position, timeoutMs),
    listen: (listener) => {
      listenTo(socket, listener);
      socket.connect();
    },
    close: () => {
      socket.disconnect();
    },
  };
}

function listenTo(socket: Socket, listener: (message: SocketMessage) => void): void {
  let over = false;
  const end = (reason: string) => {
    if (!over) listener({ type: 'disconnect', reason });
    over = true;
  };
  for (const type of HUB_EVENT_NAMES) {
    socket.on(type, (payload: unknown) => {
      listener({ type, payload });
    });
  }
  socket.on('disconnect', end);
  socket.on('connect_error', (error) => {
    end(error.message);
  });
}

async function ask(socket: Socket, event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
  let answer: unknown;
  try {
    answer = await socket.timeout(timeoutMs).emitWithAck(event, payload);
  } catch (cause) {
    throw new LiaisonError('unavailable', 'The hub did not answer in time.', { cause });
  }
  const refusal = ErrorAnswer.safeParse(answer);
  if (refusal.success) throw errorOf(refusal.data);
  return answer;
}
