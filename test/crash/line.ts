import { io, type Socket } from 'socket.io-client';
import {
  type ChannelEvent,
  ErrorAnswer,
  type ErrorAnswer as Refusal,
  Receipt,
  type RecordEnvelope,
  SOCKET_PATH,
} from '#liaison/protocol';
import type { Told } from './told.js';

const RETRY_MS = 30;
const ANSWER_MS = 5_000;
const PATIENCE_MS = 40_000;

export type Answer = { readonly receipt: Receipt } | { readonly refusal: Refusal['error'] } | { readonly lost: true };

/** A device's socket that comes back by itself, as a client's does, and notes what it is pushed. */
export class Line {
  private readonly socket: Socket;
  private isGreeted = false;

  constructor(url: string, token: string, channel: string, told: Told) {
    this.socket = io(url, {
      path: SOCKET_PATH,
      transports: ['websocket'],
      auth: { token },
      forceNew: true,
      reconnectionDelay: RETRY_MS,
      reconnectionDelayMax: RETRY_MS,
    });
    this.socket.on('event', (event: ChannelEvent) => {
      if (event.channel === channel) told.pushed.push(event);
    });
    this.socket.on('hello', ({ channels }: { channels: { id: string; lastSeq: number }[] }) => {
      this.isGreeted = true;
      for (const { id, lastSeq } of channels) if (id === channel) told.greeted.push(lastSeq);
    });
    this.socket.on('disconnect', () => {
      this.isGreeted = false;
      this.comeBack();
    });
    this.socket.on('connect_error', () => {
      this.comeBack();
    });
  }

  async untilGreeted(): Promise<void> {
    while (!this.isGreeted) await pause(10);
  }

  async submit({ header, body, mls, signature }: RecordEnvelope): Promise<Answer> {
    await this.untilGreeted();
    try {
      const record = { header, body, mls, signature };
      return answerOf(await this.socket.timeout(ANSWER_MS).emitWithAck('submit', record));
    } catch {
      return { lost: true };
    }
  }

  close(): void {
    this.socket.off();
    this.socket.disconnect();
  }

  /** socket.io does not try again by itself where the hub refused or closed. */
  private comeBack(): void {
    if (!this.socket.active) setTimeout(() => this.socket.connect(), RETRY_MS);
  }
}

function answerOf(answer: unknown): Answer {
  const receipt = Receipt.safeParse(answer);
  return receipt.success ? { receipt: receipt.data } : { refusal: ErrorAnswer.parse(answer).error };
}

/** A call that a crash may cut short, again until it succeeds. @throws what the last attempt threw. */
export async function eventually<T>(call: () => Promise<T>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (fault) {
      if (Date.now() > end) throw fault;
      await pause(100);
    }
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
