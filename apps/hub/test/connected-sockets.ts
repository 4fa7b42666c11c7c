import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { Connection } from '../src/realtime/connection.js';
import type { Connections } from '../src/realtime/connections.js';
import type { TestDevice } from './fabricated-records.js';

/** A connection of the hub, and the device's end of it. */
export interface ConnectedSocket {
  readonly connection: Connection;
  readonly client: Socket;
  /** Every packet that the client was sent, in order. */
  readonly told: readonly [name: string, payload: unknown][];
  mustBeTold(count: number): Promise<void>;
}

export interface SocketServer {
  connect(device: TestDevice): Promise<ConnectedSocket>;
  stop(): Promise<void>;
}

/** socket.io on a free loopback port, without the hub's handshake. */
export async function startSockets(connections: Connections): Promise<SocketServer> {
  const http = createServer();
  const server = new Server(http, { transports: ['websocket'], serveClient: false });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const connect = async ({ proof }: TestDevice): Promise<ConnectedSocket> => {
    const accepted = new Promise<Connection>((resolve) => {
      server.once('connection', (socket) => {
        resolve(new Connection(socket, proof));
      });
    });
    const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false, forceNew: true });
    const told: [string, unknown][] = [];
    client.onAny((name: string, payload: unknown) => told.push([name, payload]));
    const connection = await accepted;
    connections.add(connection);
    const mustBeTold = async (count: number): Promise<void> => {
      while (told.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    return { connection, client, told, mustBeTold };
  };
  return { connect, stop: () => server.close() };
}
