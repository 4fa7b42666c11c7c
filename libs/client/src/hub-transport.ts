import { type ChannelId, type RecordEnvelope, type RouteName, type ROUTES } from '#liaison/protocol';
import type * as z from 'zod';

type Routes = typeof ROUTES;
type Input<T> = T extends z.ZodType ? z.input<T> : undefined;
type Part<R extends RouteName, K extends string> =
  Routes[R] extends Readonly<Record<K, infer T>> ? { readonly [P in K]: Input<T> } : unknown;

/** What a route takes: the `params`, `query` and `body` of its row in ROUTES, and no others. */
export type RouteInput<R extends RouteName> = Part<R, 'params'> & Part<R, 'query'> & Part<R, 'body'>;
/** What a route answers once its schema, or its content type, has been checked. */
export type RouteOutput<R extends RouteName> = Routes[R] extends { readonly response: infer T extends z.ZodType }
  ? z.output<T>
  : Routes[R] extends { readonly produces: `text/${string}` }
    ? string
    : Routes[R] extends { readonly produces: 'application/octet-stream' }
      ? Uint8Array
      : undefined;

/** `params`, `query` and `body` of one call, as the adapter sees them. */
export interface HubRequest {
  /** A list stands for the segments behind a `*` of the path. */
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

/** The way to the hub. Whatever it gives is untrusted: the client checks it against the contract. */
export interface HubTransport {
  /**
   * @param token the bearer token, for routes whose auth mode is `device`.
   * @returns the parsed JSON of the answer, `undefined` where there is no body; text or bytes where the route `produces` them.
   * @throws LiaisonError with the code of the hub's ErrorAnswer; `unavailable` where the hub cannot be reached.
   */
  request(route: RouteName, request: HubRequest, token?: string): Promise<unknown>;
  /** Opens a socket; {@link HubSocket.listen} tells how it goes. It does not come back by itself. */
  openSocket(token: string): HubSocket;
}

/** What comes out of a socket. Payloads are untrusted. */
export type SocketMessage =
  | { readonly type: 'hello' | 'event' | 'welcome' | 'removed' | 'closing'; readonly payload: unknown }
  | { readonly type: 'disconnect'; readonly reason: string };

export interface HubSocket {
  /** @returns the acknowledgement, untrusted. @throws LiaisonError as {@link HubTransport.request}. */
  submit(envelope: RecordEnvelope): Promise<unknown>;
  cursor(position: { readonly channel: ChannelId; readonly seq: number }): Promise<unknown>;
  /** One listener; called in order. `disconnect` is the last message. */
  listen(listener: (message: SocketMessage) => void): void;
  close(): void;
}
