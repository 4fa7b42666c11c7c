import { Injectable } from '@nestjs/common';
import type { ChannelId, ChannelSummary } from '#liaison/protocol';
import { ChannelAccess, isMember, summaryOf, type ReadableChannel } from '../channels/channel-access.js';
import { Welcomes } from '../channels/welcomes.js';
import { HubLog } from '../observability/hub-log.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

interface Standing {
  readonly channels: readonly ReadableChannel[];
  readonly welcomes: number;
  /** How many changes of memberships it knows of. */
  readonly changes: number;
}

/** Tells a new socket where every channel stands, such that no event after it is missed. */
@Injectable()
export class Greeting {
  constructor(
    private readonly access: ChannelAccess,
    private readonly welcomes: Welcomes,
    private readonly connections: Connections,
    private readonly log: HubLog,
  ) {}

  /** Greets, or ends the socket: its device connects again and catches up. */
  begin(connection: Connection): void {
    this.greet(connection).catch((fault: unknown) => {
      this.log.error('A socket could not be greeted.', fault);
      connection.end();
    });
  }

  /** Again from the start: what this node believes of the device's channels is in doubt. */
  beginAgain(connection: Connection): void {
    if (this.connections.beginGreeting(connection)) this.begin(connection);
  }

  private async greet(connection: Connection): Promise<void> {
    let standing = await this.read(connection);
    // Read again where a commit changed the memberships of this device meanwhile.
    while (standing.changes !== connection.membershipChanges) standing = await this.read(connection);
    if (!connection.socket.connected) return;
    // No other code runs from here to the end: what became durable before is in the summaries, what comes is pushed.
    for (const channel of standing.channels) {
      if (isMember(channel)) this.connections.join(connection, channel.channel);
    }
    const channels = standing.channels.map((channel) => upToDate(channel, connection.unheard));
    this.connections.endGreeting(connection);
    connection.tell('hello', { channels, welcomes: standing.welcomes });
  }

  private async read({ caller, membershipChanges: changes }: Connection): Promise<Standing> {
    const channels = await this.access.all(caller);
    const welcomes = await this.welcomes.count(caller);
    return { channels, welcomes, changes };
  }
}

/** This node may have published more than the database showed when it was asked. */
function upToDate(readable: ReadableChannel, unheard: ReadonlyMap<ChannelId, number>): ChannelSummary {
  const durable = unheard.get(readable.channel) ?? 0;
  return summaryOf({ ...readable, lastSeq: Math.max(readable.lastSeq, durable) });
}
