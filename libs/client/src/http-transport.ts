import type { HubTransport } from './hub-transport.js';

export interface HttpTransportOptions {
  /** Such as `https://hub.example`. */
  readonly hubUrl: string;
  /** After how many milliseconds a call is given up. Default 30,000. */
  readonly timeoutMs?: number;
}

/** REST by `fetch`, events by socket.io over WebSocket. Works in browsers and Node. */
export declare const httpTransport: (options: HttpTransportOptions) => HubTransport;
