import { LiaisonError, type ChannelId, type DeviceAddress } from '#liaison/protocol';
import type { ClosingReason, Connection } from './connection.js';

const MOST_OF_A_DEVICE = 16;

/** The sockets of this node: by device, and by the channels whose events they are pushed. */
export class Connections {
  private readonly devices = new Map<DeviceAddress, Set<Connection>>();
  private readonly rooms = new Map<ChannelId, Set<Connection>>();
  /** Those whose channels are being read. */
  private readonly greeting = new Set<Connection>();
  private isOpen = true;

  /** @throws LiaisonError `unavailable` (REC-17) while the hub stops, `try-again` (RTM-03) beyond 16 sockets of a device. */
  add(connection: Connection): void {
    if (!this.isOpen) throw stopping();
    const { device } = connection.caller;
    const known = this.devices.get(device);
    if (known === undefined) this.devices.set(device, new Set([connection]));
    else if (known.size >= MOST_OF_A_DEVICE) throw tooMany();
    else known.add(connection);
    this.greeting.add(connection);
  }

  remove(connection: Connection): void {
    this.leaveAll(connection);
    this.greeting.delete(connection);
    const { device } = connection.caller;
    const known = this.devices.get(device);
    known?.delete(connection);
    if (known?.size === 0) this.devices.delete(device);
  }

  join(connection: Connection, channel: ChannelId): void {
    connection.channels.add(channel);
    const room = this.rooms.get(channel);
    if (room === undefined) this.rooms.set(channel, new Set([connection]));
    else room.add(connection);
  }

  leave(connection: Connection, channel: ChannelId): void {
    connection.channels.delete(channel);
    const room = this.rooms.get(channel);
    room?.delete(connection);
    if (room?.size === 0) this.rooms.delete(channel);
  }

  private leaveAll(connection: Connection): void {
    for (const channel of connection.channels) this.leave(connection, channel);
  }

  endGreeting(connection: Connection): void {
    this.greeting.delete(connection);
    connection.isGreeted = true;
    connection.unheard.clear();
  }

  /** @returns false where it is being greeted already, or is gone. */
  beginGreeting(connection: Connection): boolean {
    // A greeting that is under way reads once more.
    connection.membershipChanges += 1;
    const isKnown = this.devices.get(connection.caller.device)?.has(connection) === true;
    if (!connection.isGreeted || !isKnown) return false;
    this.leaveAll(connection);
    connection.isGreeted = false;
    this.greeting.add(connection);
    return true;
  }

  inGreeting(): ReadonlySet<Connection> {
    return this.greeting;
  }

  inRoom(channel: ChannelId): ReadonlySet<Connection> | undefined {
    return this.rooms.get(channel);
  }

  ofDevice(device: DeviceAddress): readonly Connection[] {
    return [...(this.devices.get(device) ?? [])];
  }

  *all(): Iterable<Connection> {
    for (const connections of this.devices.values()) yield* connections;
  }

  get size(): number {
    let size = 0;
    for (const connections of this.devices.values()) size += connections.size;
    return size;
  }

  /** Says why, closes, and pushes nothing from now on. */
  close(connection: Connection, reason: ClosingReason): Promise<void> {
    this.remove(connection);
    return connection.close(reason);
  }

  /** Resolves when all are gone, and have had time to read their last receipts. */
  async closeAll(): Promise<void> {
    this.isOpen = false;
    await Promise.all([...this.all()].map((connection) => this.close(connection, 'stopping')));
  }
}

function tooMany(): LiaisonError {
  return new LiaisonError('try-again', 'This device has too many sockets open. Close one first.', {
    check: 'RTM-03',
    retryAfterMs: 5000,
  });
}

function stopping(): LiaisonError {
  return new LiaisonError('unavailable', 'The hub is stopping. Connect again when it is back.', {
    check: 'REC-17',
    retryAfterMs: 2000,
  });
}
