import { Injectable } from '@nestjs/common';
import type { ChannelSummary } from '#liaison/protocol';
import { ChannelAccess, isMember, summaryOf, type ReadableChannel } from '../channels/channel-access.js';
import { Welcomes } from '../channels/welcomes.js';
import { Sequencer } from '../records/sequencer.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

interface Standing {
  readonly channels: readonly ReadableChannel[];
  readonly welcomes: number;
}

/** Tells a new socket where every channel stands, such that no event after it is missed. */
@Injectable()
export class Greeting {
  constructor(
    private readonly access: ChannelAccess,
    private readonly welcomes: Welcomes,
    private readonly sequencer: Sequencer,
    private readonly connections: Connections,
  ) {}

  async greet(connection: Connection): Promise<void> {
    const standing = await this.read(connection);
    if (!connection.socket.connected) return;
    // No turn of the event loop from here to the end: what became durable before is in the summaries, what comes is pushed.
    for (const channel of standing.channels) {
      if (isMember(channel)) this.connections.join(connection, channel.channel);
    }
    connection.isGreeted = true;
    connection.tell('hello', {
      channels: standing.channels.map((channel) => this.upToDate(channel)),
      welcomes: standing.welcomes,
    });
  }

  /** Read again where a commit changed the memberships of this device meanwhile. */
  private async read(connection: Connection): Promise<Standing> {
    for (;;) {
      const before = connection.membershipChanges;
      const channels = await this.access.all(connection.caller);
      const welcomes = await this.welcomes.count(connection.caller);
      if (connection.membershipChanges === before) return { channels, welcomes };
    }
  }

  /** This node may have pushed more than the database showed when it was asked. */
  private upToDate(readable: ReadableChannel): ChannelSummary {
    const durable = this.sequencer.durableSeq(readable.channel) ?? 0;
    return summaryOf({ ...readable, lastSeq: Math.max(readable.lastSeq, durable) });
  }
}
