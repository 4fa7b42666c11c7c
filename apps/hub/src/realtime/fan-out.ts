import type { ChannelEvent, ChannelId, DeviceAddress } from '#liaison/protocol';
import type { PublishedEvent } from '../records/submission.js';
import type { Connection } from './connection.js';
import type { Connections } from './connections.js';
import { eventFrame } from './frames.js';

interface Frame {
  readonly bytes: Buffer;
  /** The socket that gets a receipt instead. */
  readonly origin: string | undefined;
}

/** Pushes what has become durable to the sockets of the members, each channel's events in order. */
export class FanOut {
  constructor(
    private readonly connections: Connections,
    /** Told how many events were pushed to how many sockets each, summed up. */
    private readonly onDeliveries: (count: number) => void,
  ) {}

  publish(events: readonly PublishedEvent[]): void {
    let start = 0;
    for (let index = 1; index <= events.length; index += 1) {
      const [first, next] = [events[start], events[index]];
      if (first === undefined || (next !== undefined && belongTogether(events[index - 1], next))) continue;
      this.pushRun(first.event.channel, events.slice(start, index));
      start = index;
    }
  }

  /** Events of one channel, of which only the last may change who its members are. */
  private pushRun(channel: ChannelId, run: readonly PublishedEvent[]): void {
    const room = this.connections.inRoom(channel);
    if (room !== undefined) this.pushToRoom(room, run);
    const last = run.at(-1);
    if (last?.membership === undefined) return;
    for (const device of last.membership.removed) this.part(device, last.event);
    for (const device of last.membership.added) this.welcome(device, channel);
  }

  private pushToRoom(room: ReadonlySet<Connection>, run: readonly PublishedEvent[]): void {
    const frames = run.map(({ event, origin }): Frame => ({ bytes: eventFrame(event), origin }));
    const origins = new Set(frames.map(({ origin }) => origin));
    const whole = joined(frames);
    let deliveries = 0;
    for (const connection of room) {
      const others = origins.has(connection.id) ? frames.filter(({ origin }) => origin !== connection.id) : frames;
      if (others.length === 0) continue;
      deliveries += others.length;
      if (!connection.push(others === frames ? whole : joined(others)))
        void this.connections.close(connection, 'too-slow');
    }
    this.onDeliveries(deliveries);
  }

  private part(device: DeviceAddress, { channel, seq }: ChannelEvent): void {
    for (const connection of this.connections.ofDevice(device)) {
      connection.membershipChanges += 1;
      if (!connection.isGreeted) continue;
      this.connections.leave(connection, channel);
      connection.tell('removed', { channel, until: seq });
    }
  }

  private welcome(device: DeviceAddress, channel: ChannelId): void {
    for (const connection of this.connections.ofDevice(device)) {
      connection.membershipChanges += 1;
      if (!connection.isGreeted) continue;
      this.connections.join(connection, channel);
      connection.tell('welcome', { channel });
    }
  }
}

function belongTogether(last: PublishedEvent | undefined, next: PublishedEvent): boolean {
  return last?.membership === undefined && last?.event.channel === next.event.channel;
}

function joined(frames: readonly Frame[]): Buffer {
  const [only, ...others] = frames;
  if (only !== undefined && others.length === 0) return only.bytes;
  return Buffer.concat(frames.map(({ bytes }) => bytes));
}
