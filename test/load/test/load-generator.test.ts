import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SOCKET_PATH } from '#liaison/protocol';
import { startHub, startTestPostgres, type TestHub, type TestPostgres } from '#liaison/testing';
import { Server, type Socket } from 'socket.io';
import { type Ceiling, startCeiling } from '../ceiling/ceiling.js';
import { ceilingTarget } from '../ceiling/ceiling-target.js';
import { LoadGenerator } from '../generator/load-generator.js';
import { hubTarget } from '../hub/load-channels.js';
import { foundLoadCommunity } from '../hub/load-community.js';

const SIZE = { devices: 6, roomMembers: 4 };
const ROOM = [0];
const PAIRS = [1, 2, 3];

describe('the load generator at the bare ceiling', () => {
  let database: TestPostgres;
  let ceiling: Ceiling;
  let generator: LoadGenerator;

  beforeAll(async () => {
    database = await startTestPostgres();
    ceiling = await startCeiling(database.adminUrl);
    generator = new LoadGenerator(ceilingTarget(ceiling.port, SIZE));
    await generator.connect();
  });

  afterAll(async () => {
    generator.close();
    await ceiling.stop();
    await database.stop();
  });

  it('measures a room in a closed loop', async () => {
    generator.prepare({ channels: ROOM, messagesPerChannel: 200, pace: { kind: 'window', perChannel: 8 } });
    const result = await generator.run();
    expect(result).toMatchObject({ messages: 200, deliveries: 600, faults: [] });
    expect(result.perSecond).toBeGreaterThan(0);
    expect(result.delivered.p50).toBeGreaterThan(0);
    expect(result.delivered.p99).toBeGreaterThanOrEqual(result.delivered.p50);
    expect(result.delivered.most).toBeGreaterThanOrEqual(result.acknowledged.p50);
  });

  it('measures pairs at a steady rate', async () => {
    generator.prepare({ channels: PAIRS, messagesPerChannel: 20, pace: { kind: 'rate', perSecond: 300 } });
    const result = await generator.run();
    expect(result).toMatchObject({ messages: 60, deliveries: 60, faults: [] });
    // 59 intervals of a three-hundredth of a second.
    expect(result.seconds).toBeGreaterThan(0.19);
  });

  it('goes on in the sequence where the last round ended', async () => {
    generator.prepare({ channels: ROOM, messagesPerChannel: 10, pace: { kind: 'window', perChannel: 2 } });
    expect((await generator.run()).faults).toEqual([]);
  });
});

describe('the load generator at the hub, every check on', () => {
  let hub: TestHub;
  let generator: LoadGenerator;

  beforeAll(async () => {
    hub = await startHub({ configuration: { logLevel: 'error' } });
    const port = Number(new URL(hub.url).port);
    generator = new LoadGenerator(await hubTarget(port, await foundLoadCommunity(port, SIZE.devices), SIZE));
    await generator.connect();
  });

  afterAll(async () => {
    generator.close();
    await hub.stop();
  });

  it.each([
    ['a room', ROOM, 3],
    ['pairs', PAIRS, 1],
  ])('sees every signed record of %s delivered once and in order', async (_what, channels, receivers) => {
    for (const messagesPerChannel of [60, 30]) {
      generator.prepare({ channels, messagesPerChannel, pace: { kind: 'window', perChannel: 8 } });
      const messages = messagesPerChannel * channels.length;
      expect(await generator.run()).toMatchObject({ messages, deliveries: messages * receivers, faults: [] });
    }
  });
});

/** A fan-out in memory that gets every tenth message of a room wrong. */
async function faultyFanOut(spoil: (deliver: () => void, socket: Socket) => void) {
  const http = createServer();
  const io = new Server(http, { path: SOCKET_PATH, transports: ['websocket'] });
  let seq = 0;
  io.on('connection', (socket) => {
    const { channels } = socket.handshake.auth as { channels: string[] };
    void socket.join(channels);
    socket.emit('hello', { channels: [] });
    socket.on('submit', (message: { channel: string }, acknowledge: (receipt: object) => void) => {
      seq += 1;
      const event = { channel: message.channel, seq };
      acknowledge(event);
      const deliver = () => socket.to(message.channel).emit('event', event);
      if (seq % 10 === 0) spoil(deliver, socket);
      else deliver();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  return { io, port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

describe('the load generator at a server that', () => {
  const spoils: [string, (deliver: () => void, socket: Socket) => void, RegExp][] = [
    ['drops deliveries', () => undefined, /reached 0 of 3 members/],
    [
      'doubles deliveries',
      (deliver) => {
        deliver();
        deliver();
      },
      /twice or after a later one/,
    ],
    ['delays deliveries past later ones', (deliver) => setTimeout(deliver, 50), /twice or after a later one/],
    ['closes connections', (_deliver, socket) => socket.disconnect(true), /was closed by the server/],
  ];

  it.each(spoils)('%s says so', async (_what, spoil, fault) => {
    const { io, port } = await faultyFanOut(spoil);
    const generator = new LoadGenerator(ceilingTarget(port, SIZE), 400);
    try {
      await generator.connect();
      generator.prepare({ channels: ROOM, messagesPerChannel: 40, pace: { kind: 'window', perChannel: 8 } });
      expect((await generator.run()).faults).toContainEqual(expect.stringMatching(fault));
    } finally {
      generator.close();
      await io.close();
    }
  });
});
