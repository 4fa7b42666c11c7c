import type { ChannelEvent, ChannelId, RandomSource } from '#liaison/protocol';
import type { Hub, Wait } from './hub.js';
import { checkedPush } from './hub.js';
import type { HubSocket, SocketMessage } from './hub-transport.js';
import type { Synchroniser } from './synchroniser.js';
import type { ClientEvent } from './views.js';

export interface LiveOptions {
  readonly hub: Hub;
  readonly synchroniser: Synchroniser;
  readonly wait: Wait;
  readonly random: RandomSource;
  readonly tell: (event: ClientEvent) => void;
  /** Whatever a push was about, catch up with everything. */
  readonly catchUp: () => Promise<void>;
  readonly useSocket: (socket: HubSocket | undefined) => void;
  /** A breach in a push becomes an alarm. */
  readonly onFault: (error: unknown) => Promise<void>;
  /** Members' events that bring new duties, such as a proposal to commit. */
  readonly afterEvents: (channel: ChannelId) => Promise<void>;
}

interface Greeted {
  readonly socket: HubSocket;
  readonly lives: () => boolean;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** Pushes may overtake each other by a little; after that, what is missing is fetched. */
const OVERTAKING_MS = 30;

/** A socket that comes back by itself, and the events that it brings, read in order. */
export class LiveConnection {
  readonly #end = new AbortController();
  #socket: HubSocket | undefined;
  readonly #waiting = new Map<ChannelId, ChannelEvent[]>();
  #reading: Promise<void> | undefined;
  #tasks: Promise<void> = Promise.resolve();

  constructor(private readonly options: LiveOptions) {}

  /** Resolves when live for the first time. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      void this.#keepConnected(resolve);
    });
  }

  stop(): void {
    this.#end.abort();
    this.options.useSocket(undefined);
    this.#socket?.close();
    this.options.tell({ type: 'connection', state: 'closed' });
  }

  #ended(): boolean {
    return this.#end.signal.aborted;
  }

  async #keepConnected(onLive: () => void): Promise<void> {
    for (let failures = 0; !this.#ended(); failures += 1) {
      const lived = await this.#connectOnce(onLive);
      if (this.#ended()) return;
      if (lived.live) failures = 0;
      this.options.tell({ type: 'connection', state: 'waiting', reason: lived.reason });
      await this.options.wait(this.#backOff(failures));
    }
  }

  /** Half of it is chance, so that a thousand clients do not come back at once. */
  #backOff(failures: number): number {
    const longest = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures, 10), LONGEST_WAIT_MS);
    const chance = (this.options.random.bytes(1)[0] ?? 0) / 255;
    return longest / 2 + (longest / 2) * chance;
  }

  /** @returns when the socket has ended: whether this device had caught up with the hub on it. */
  async #connectOnce(onLive: () => void): Promise<{ readonly live: boolean; readonly reason: string }> {
    let socket: HubSocket;
    try {
      socket = await this.options.hub.openSocket();
    } catch (error) {
      await this.options.onFault(error);
      return { live: false, reason: reasonOf(error) };
    }
    if (this.#ended()) socket.close();
    const life = { isHeard: false, live: false, isOver: false };
    const lives = () => !life.isOver;
    this.#socket = socket;
    const reason = await new Promise<string>((resolve) => {
      const greet = async (payload: unknown): Promise<void> => {
        try {
          if (!(await this.#greet({ socket, lives }, payload))) return;
          life.live = true;
          onLive();
        } catch (error) {
          // What it has missed would stay missing: the next connection may be a better one.
          resolve(reasonOf(error));
          socket.close();
          throw error;
        }
      };
      socket.listen((message) => {
        if (message.type === 'disconnect') resolve(message.reason);
        else if (message.type === 'hello') {
          life.isHeard = true;
          this.#enqueue(() => greet(message.payload));
        } else this.#take(message);
      });
    });
    life.isOver = true;
    this.options.useSocket(undefined);
    if (!life.isHeard) this.options.hub.forgetSession();
    return { live: life.live, reason };
  }

  /** @returns whether it is live: not where the socket has ended meanwhile. */
  async #greet({ socket, lives }: Greeted, payload: unknown): Promise<boolean> {
    if (!lives()) return false;
    checkedPush('hello', payload);
    this.options.useSocket(socket);
    await this.options.catchUp();
    if (!lives()) return false;
    this.options.tell({ type: 'connection', state: 'live' });
    return true;
  }

  #take(message: Exclude<SocketMessage, { type: 'disconnect' }>): void {
    switch (message.type) {
      case 'event':
        this.#takeEvent(message.payload);
        break;
      case 'welcome':
      case 'removed':
        this.#enqueue(() => this.options.catchUp());
        break;
      case 'hello':
      case 'closing':
        break;
    }
  }

  #takeEvent(payload: unknown): void {
    try {
      const event = checkedPush('event', payload);
      const waiting = this.#waiting.get(event.channel);
      if (waiting === undefined) this.#waiting.set(event.channel, [event]);
      else waiting.push(event);
      this.#reading ??= this.#readWaiting();
    } catch (error) {
      this.#enqueue(() => this.options.onFault(error));
    }
  }

  /** While one batch is read the next one gathers. */
  async #readWaiting(): Promise<void> {
    try {
      while (this.#waiting.size > 0 && !this.#ended()) {
        const [first] = this.#waiting.keys();
        if (first !== undefined) await this.#readChannel(first).catch(this.options.onFault);
      }
    } finally {
      this.#reading = undefined;
    }
  }

  async #readChannel(channel: ChannelId): Promise<void> {
    if ((await this.#readTaken(channel)) === 'gap') {
      await this.options.wait(OVERTAKING_MS);
      if ((await this.#readTaken(channel)) === 'gap') {
        this.#waiting.delete(channel);
        await this.options.synchroniser.channel(channel);
      }
    }
    await this.options.afterEvents(channel);
  }

  /** After a gap the events stay, for what is missing may be on its way. */
  async #readTaken(channel: ChannelId): Promise<'complete' | 'gap'> {
    const events = (this.#waiting.get(channel) ?? []).sort((a, b) => a.seq - b.seq);
    this.#waiting.delete(channel);
    if (events.length === 0) return 'complete';
    const { end } = await this.options.synchroniser.read(channel, events);
    if (end === 'gap') this.#waiting.set(channel, [...events, ...(this.#waiting.get(channel) ?? [])]);
    return end;
  }

  /** One at a time; a fault of the hub's becomes an alarm, and nothing ends the connection. */
  #enqueue(task: () => Promise<void>): void {
    this.#tasks = this.#tasks.then(task).catch(this.options.onFault);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The hub cannot be reached.';
}
