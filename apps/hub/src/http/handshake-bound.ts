import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { LiaisonError, type Clock } from '#liaison/protocol';
import type { HubLog } from '../observability/hub-log.js';
import { networkOf } from './client-address.js';
import type { RateLimiter } from './rate-limiter.js';

const MINUTE_MS = 60_000;

/**
 * A handshake of TLS costs the hub a signature before it knows anything of who asks: a network address gets as many as its rate (HUB-05), and what
 * goes beyond is closed before it begins.
 */
export function boundHandshakes(
  server: Server,
  ports: { readonly limiter: RateLimiter; readonly clock: Clock; readonly log: HubLog },
): void {
  const begin = server.listeners('connection') as ((socket: Socket) => void)[];
  const told = { at: Number.NEGATIVE_INFINITY };
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (isWithinRate(ports.limiter, socket)) for (const listener of begin) listener.call(server, socket);
    else {
      socket.destroy();
      tell(ports, told);
    }
  });
}

function isWithinRate(limiter: RateLimiter, { remoteAddress: ip }: Socket): boolean {
  try {
    limiter.take('handshake', networkOf({ ip }));
    return true;
  } catch (error) {
    if (error instanceof LiaisonError && error.code === 'try-again') return false;
    throw error;
  }
}

/** Once a minute: a flood is not to fill the log as well. */
function tell({ clock, log }: { readonly clock: Clock; readonly log: HubLog }, told: { at: number }): void {
  const now = clock.now();
  if (now - told.at < MINUTE_MS) return;
  told.at = now;
  log.warn('Connections of one network address are closed before their TLS handshake: they are too many.');
}
