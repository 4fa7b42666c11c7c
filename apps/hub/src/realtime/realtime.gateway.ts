import { Inject } from '@nestjs/common';
import {
  WebSocketGateway,
  type GatewayMetadata,
  type OnGatewayConnection,
  type OnGatewayInit,
} from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { LiaisonError, SOCKET_MESSAGE_LIMIT, SOCKET_PATH, type ErrorAnswer } from '#liaison/protocol';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { addressOf, networkOf } from '../http/client-address.js';
import { presentedOn } from '../http/client-certificate.js';
import { toErrorAnswer, toLiaisonError } from '../http/error.filter.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { isHalfOpen, SessionService } from '../identity/session.service.js';
import { HubLog } from '../observability/hub-log.js';
import { ClientCalls } from './client-calls.js';
import { Connection } from './connection.js';
import { Connections } from './connections.js';
import { Greeting } from './greeting.js';
import { packetParser } from './packet-parser.js';

/** WebSocket alone: long polling would need sticky sessions and costs several times more. Ciphertext does not compress. */
const SOCKET_OPTIONS: GatewayMetadata = {
  path: SOCKET_PATH,
  parser: packetParser,
  transports: ['websocket'],
  allowUpgrades: false,
  serveClient: false,
  perMessageDeflate: false,
  httpCompression: false,
  maxHttpBufferSize: SOCKET_MESSAGE_LIMIT,
  connectTimeout: 10_000,
};

/** Sockets of devices: authenticated in the handshake, greeted, then pushed what becomes durable. */
@WebSocketGateway(SOCKET_OPTIONS)
export class RealtimeGateway implements OnGatewayInit<Server>, OnGatewayConnection<Socket> {
  private readonly handshakes = new WeakMap<Socket, Connection>();

  constructor(
    private readonly sessions: SessionService,
    private readonly rateLimiter: RateLimiter,
    private readonly connections: Connections,
    private readonly greeting: Greeting,
    private readonly calls: ClientCalls,
    private readonly log: HubLog,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  afterInit(server: Server): void {
    server.use((socket, next) => {
      this.authenticate(socket).then(
        () => {
          next();
        },
        (fault: unknown) => {
          next(this.refusal(fault));
        },
      );
    });
  }

  handleConnection(socket: Socket): void {
    const connection = this.handshakes.get(socket);
    if (connection === undefined) {
      socket.disconnect(true);
      return;
    }
    this.calls.listen(connection);
    this.greeting.begin(connection);
  }

  /** @throws LiaisonError `unauthenticated` (RTM-01, SIN-05 to 07, TLS-02), `try-again` (HUB-05, RTM-03), `unavailable`. */
  private async authenticate(socket: Socket): Promise<void> {
    const caller = await this.callerOf(socket);
    this.rateLimiter.take('socket', caller.device);
    const connection = new Connection(socket, caller);
    this.connections.add(connection);
    this.handshakes.set(socket, connection);
    // Of the connection below: a socket that breaks before it is connected has no `disconnect`.
    socket.conn.once('close', () => {
      this.connections.remove(connection);
    });
  }

  /** Failures are counted; a network with too many is not listened to, so that guessing costs the hub little. */
  private async callerOf({ handshake, conn }: Socket) {
    const auth: unknown = handshake.auth;
    const token = typeof auth === 'object' && auth !== null && 'token' in auth ? auth.token : undefined;
    if (typeof token !== 'string') {
      throw new LiaisonError('unauthenticated', 'Sign in first, then connect with the token.', { check: 'RTM-01' });
    }
    const network = networkOf({ ip: addressOf(conn.request, this.configuration.trustedProxies) });
    this.rateLimiter.require('sign-in', `failed ${network}`);
    try {
      return await this.sessions.authenticate(token, { presented: presentedOn(conn.request) });
    } catch (error) {
      if (!isHalfOpen(error)) this.rateLimiter.take('sign-in', `failed ${network}`);
      throw error;
    }
  }

  private refusal(fault: unknown): HandshakeRefusal {
    const error = toLiaisonError(fault);
    if (error.code === 'internal') this.log.error('A socket could not be authenticated.', fault);
    return new HandshakeRefusal(toErrorAnswer(error));
  }
}

/** What socket.io sends as `connect_error`; its `data` is an ErrorAnswer. */
class HandshakeRefusal extends Error {
  constructor(readonly data: ErrorAnswer) {
    super(data.error.message);
  }
}
