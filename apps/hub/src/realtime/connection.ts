import type { Socket } from 'socket.io';
import { type ChannelId, HUB_EVENTS, SOCKET_BACKLOG_LIMIT } from '#liaison/protocol';
import type * as z from 'zod';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { answerText, joinFrames, type Frame } from './frames.js';

type HubEvent = Exclude<keyof typeof HUB_EVENTS, 'event'>;
export type ClosingReason = z.infer<(typeof HUB_EVENTS)['closing']>['reason'];

/** How long a closed socket may take to read what waits for it. */
const FAREWELL_MS = 5_000;

/** A receipt or a refusal takes no more. */
const ANSWER_BYTES = 1024;

/** Frames up to this many bytes are copied into one; more than that is written as it lies. */
const COPIED_BYTES = 16 * 1024;

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
  /** What this turn of the event loop pushes and answers: it leaves in one write. */
  private frames: Frame[] = [];
  private closed: Promise<void> | undefined;

  constructor(
    readonly socket: Socket,
    readonly caller: AuthenticatedDevice,
  ) {}

  get id(): string {
    return this.socket.id;
  }

  tell<Name extends HubEvent>(name: Name, payload: z.input<(typeof HUB_EVENTS)[Name]>): void {
    this.flush();
    this.socket.emit(name, payload);
  }

  /**
   * Pushes ready-made frames.
   * @returns false where the socket is too slow: it keeps what waits for it, and gets no more.
   */
  push(parts: readonly Buffer[]): boolean {
    if (!this.takes(parts.reduce((bytes, { length }) => bytes + length, 0))) return false;
    for (const part of parts) this.add(part);
    return true;
  }

  /**
   * Answers the call of that id.
   * @returns false where the socket is too slow for one more answer.
   */
  answer(id: string, told: unknown): boolean {
    if (!this.takes(ANSWER_BYTES)) return false;
    this.add(answerText(id, told));
    return true;
  }

  private takes(bytes: number): boolean {
    const waiting = this.socket.conn.transport.writable && this.frames.length === 0 ? 0 : this.backlog;
    if (waiting > 0 && waiting + bytes > SOCKET_BACKLOG_LIMIT) return false;
    this.backlog = waiting + bytes;
    return true;
  }

  private add(frame: Frame): void {
    this.frames.push(frame);
    if (this.frames.length === 1) {
      process.nextTick(() => {
        this.flush();
      });
    }
  }

  private flush(): void {
    if (this.frames.length === 0) return;
    const parts = joinFrames(this.frames, COPIED_BYTES);
    this.frames = [];
    // `ws` takes one or two parts of a frame that was encoded before, and writes them together.
    for (let index = 0; index < parts.length; index += 2) {
      const options = { compress: false, wsPreEncodedFrame: parts.slice(index, index + 2) };
      this.socket.conn.send('', options);
    }
  }

  /** Without a word, behind what was answered already. */
  end(): void {
    this.flush();
    this.socket.disconnect(true);
  }

  /** Resolves when the network connection is gone: the device has read why, or five seconds have passed. */
  close(reason: ClosingReason): Promise<void> {
    this.closed ??= this.sayAndClose(reason);
    return this.closed;
  }

  private async sayAndClose(reason: ClosingReason): Promise<void> {
    const { socket } = this.socket.conn.request;
    this.tell('closing', { reason });
    this.end();
    if (socket.destroyed) return;
    const patience = setTimeout(() => {
      socket.destroy();
    }, FAREWELL_MS);
    await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(patience);
  }
}
