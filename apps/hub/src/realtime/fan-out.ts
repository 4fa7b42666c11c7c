import type { ChannelEvent, ChannelId, DeviceAddress } from '#liaison/protocol';
import type { Doubt } from '../records/event-feed.js';
import type { EpochMembers, PublishedEvent } from '../records/submission.js';
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
    /** Told of a socket for which it has to be read anew who is a member of what. */
    private readonly onDoubt: (connection: Connection) => void,
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

  /** Greets anew whoever may have missed something. */
  doubt(doubts: readonly Doubt[]): void {
    for (const { channel, added } of doubts) {
      for (const connection of this.connections.inRoom(channel) ?? []) this.onDoubt(connection);
      for (const device of added) for (const connection of this.connections.ofDevice(device)) this.onDoubt(connection);
    }
  }

  /** Events of one channel and epoch, of which only the last may change who its members are. */
  private pushRun(channel: ChannelId, run: readonly PublishedEvent[]): void {
    const last = run.at(-1);
    if (last === undefined) return;
    for (const connection of this.connections.inGreeting()) connection.unheard.set(channel, last.event.seq);
    const room = this.connections.inRoom(channel);
    if (room !== undefined) this.pushToRoom(room, run, last.members);
    if (last.membership === undefined) return;
    for (const device of last.membership.removed) this.part(device, last.event);
    for (const device of last.membership.added) this.welcome(device, channel);
  }

  private pushToRoom(room: ReadonlySet<Connection>, run: readonly PublishedEvent[], members: EpochMembers): void {
    const frames = run.map(({ event, origin }): Frame => ({ bytes: eventFrame(event), origin }));
    const origins = new Set(frames.map(({ origin }) => origin));
    const whole = joined(frames);
    let deliveries = 0;
    for (const connection of room) {
      // Removed, or not added yet: another node, or an answer that was lost, moved the channel on.
      if (!members.has(connection.caller.device)) {
        this.onDoubt(connection);
        continue;
      }
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
