import type { Socket } from 'socket.io';
import { type ChannelId, HUB_EVENTS, SOCKET_BACKLOG_LIMIT } from '#liaison/protocol';
import type * as z from 'zod';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';

type HubEvent = Exclude<keyof typeof HUB_EVENTS, 'event'>;
export type ClosingReason = z.infer<(typeof HUB_EVENTS)['closing']>['reason'];

/** How long a closed socket may take to read what waits for it. */
const FAREWELL_MS = 5_000;

/** A receipt or a refusal takes no more. */
const ANSWER_BYTES = 1024;

/** One authenticated socket. */
export class Connection {
  /** The channels whose events it is pushed; none before it was greeted. */
  readonly channels = new Set<ChannelId>();
  /** Once `hello` was sent. Until then changes of its device's memberships are counted, for they are being read. */
  isGreeted = false;
  membershipChanges = 0;
  /** What became durable while it was greeted, and may be missing from what was read for the greeting. */
  readonly unheard = new Map<ChannelId, number>();
  /** Bytes that were pushed or answered since the socket last took everything. */
  private backlog = 0;
  private closed: Promise<void> | undefined;

  constructor(
    readonly socket: Socket,
    readonly caller: AuthenticatedDevice,
  ) {}

  get id(): string {
    return this.socket.id;
  }

  tell<Name extends HubEvent>(name: Name, payload: z.input<(typeof HUB_EVENTS)[Name]>): void {
    this.socket.emit(name, payload);
  }

  /**
   * Pushes ready-made frames in one write.
   * @returns false where the socket is too slow: it keeps what waits for it, and gets no more.
   */
  push(frames: Buffer): boolean {
    if (!this.takes(frames.length)) return false;
    const options = { compress: false, wsPreEncodedFrame: [frames] };
    this.socket.conn.send('', options);
    return true;
  }

  /** @returns false where the socket is too slow for one more answer. */
  takesAnswer(): boolean {
    return this.takes(ANSWER_BYTES);
  }

  private takes(bytes: number): boolean {
    const waiting = this.socket.conn.transport.writable ? 0 : this.backlog;
    if (waiting > 0 && waiting + bytes > SOCKET_BACKLOG_LIMIT) return false;
    this.backlog = waiting + bytes;
    return true;
  }

  /** Resolves when the network connection is gone: the device has read why, or five seconds have passed. */
  close(reason: ClosingReason): Promise<void> {
    this.closed ??= this.sayAndClose(reason);
    return this.closed;
  }

  private async sayAndClose(reason: ClosingReason): Promise<void> {
    const { socket } = this.socket.conn.request;
    this.tell('closing', { reason });
    this.socket.disconnect(true);
    if (socket.destroyed) return;
    const patience = setTimeout(() => {
      socket.destroy();
    }, FAREWELL_MS);
    await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(patience);
  }
}
