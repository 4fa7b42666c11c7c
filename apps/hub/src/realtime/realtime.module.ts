import { Module } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import type { Clock } from '#liaison/protocol';
import { ChannelsModule } from '../channels/channels.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { SessionEnds } from '../identity/session-ends.js';
import { Shutdown } from '../lifecycle/shutdown.js';
import { Metrics } from '../observability/metrics.js';
import { CLOCK } from '../ports.js';
import { EventFeed } from '../records/event-feed.js';
import { RecordsModule } from '../records/records.module.js';
import { SequencerModule } from '../records/sequencer.module.js';
import { ClientCalls } from './client-calls.js';
import { Connections } from './connections.js';
import { FanOut } from './fan-out.js';
import { Greeting } from './greeting.js';
import { RealtimeGateway } from './realtime.gateway.js';

const EXPIRY_CHECK_MS = 1_000;

/** Sockets: records in, events out. */
@Module({
  imports: [IdentityModule, ChannelsModule, RecordsModule, SequencerModule],
  providers: [
    ClientCalls,
    Greeting,
    RealtimeGateway,
    { provide: Connections, inject: [CLOCK, SessionEnds, Shutdown, Metrics], useFactory: watchConnections },
    { provide: FanOut, inject: [Connections, Greeting, EventFeed, Metrics], useFactory: startFanOut },
  ],
})
export class RealtimeModule {}

/** A socket ends with its session, and with the hub. */
function watchConnections(
  clock: Clock,
  sessionEnds: SessionEnds,
  shutdown: Shutdown,
  { registry }: Metrics,
): Connections {
  const connections = new Connections();
  sessionEnds.subscribe(({ device, sessionId, reason }) => {
    for (const connection of connections.ofDevice(device)) {
      if (connection.caller.sessionId === sessionId) void connections.close(connection, reason);
    }
  });
  const timer = setInterval(() => {
    closeExpired(connections, clock.now());
  }, EXPIRY_CHECK_MS).unref();
  shutdown.at('close-sockets', () => {
    clearInterval(timer);
    return connections.closeAll();
  });
  new Gauge({
    name: 'liaison_sockets',
    help: 'Authenticated sockets.',
    registers: [registry],
    collect() {
      this.set(connections.size);
    },
  });
  return connections;
}

function closeExpired(connections: Connections, now: number): void {
  for (const connection of [...connections.all()]) {
    if (connection.caller.sessionExpiresAt <= now) void connections.close(connection, 'session-ended');
  }
}

function startFanOut(connections: Connections, greeting: Greeting, feed: EventFeed, { registry }: Metrics): FanOut {
  const deliveries = new Counter({
    name: 'liaison_deliveries_total',
    help: 'Events pushed, counted once for each socket.',
    registers: [registry],
  });
  const fanOut = new FanOut(
    connections,
    (count) => {
      deliveries.inc(count);
    },
    (connection) => {
      greeting.beginAgain(connection);
    },
  );
  feed.subscribeToDoubts((doubts) => {
    fanOut.doubt(doubts);
  });
  feed.subscribe((events) => {
    fanOut.publish(events);
  });
  return fanOut;
}
