import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#liaison/crypto.node';
import { SOCKET_BACKLOG_LIMIT, type ChannelId } from '#liaison/protocol';
import { ChannelAccess } from '../src/channels/channel-access.js';
import { Welcomes } from '../src/channels/welcomes.js';
import { HubLog } from '../src/observability/hub-log.js';
import { Connections } from '../src/realtime/connections.js';
import { FanOut } from '../src/realtime/fan-out.js';
import { Greeting } from '../src/realtime/greeting.js';
import type { PublishedEvent } from '../src/records/submission.js';
import { startSockets, type ConnectedSocket, type SocketServer } from './connected-sockets.js';
import { startTestDatabase, type TestDatabase } from './channels-database.js';
import { fabricateRecord, insertChannel, testDevice } from './fabricated-records.js';

const petrova = testDevice('bg:petrova:desk-1');
const nagy = testDevice('hu:nagy:desk-1');
const connections = new Connections();
let database: TestDatabase;
let sockets: SocketServer;
let greeting: Greeting;
let channel: ChannelId;
const fanOut = new FanOut(
  connections,
  () => undefined,
  (connection) => {
    greeting.beginAgain(connection);
  },
);

beforeAll(async () => {
  database = await startTestDatabase();
  sockets = await startSockets(connections);
  const log = new HubLog('error', systemClock, { write: () => undefined });
  greeting = new Greeting(new ChannelAccess(database.pool), new Welcomes(database.pool), connections, log);
});
afterAll(async () => {
  await sockets.stop();
  await database.stop();
});
beforeEach(async () => {
  channel = await insertChannel(database.pool, [petrova, nagy]);
});

function eventAt(seq: number, members = [petrova, nagy], origin?: string): PublishedEvent {
  const { id: _, ...record } = fabricateRecord(petrova, channel);
  const event = {
    channel,
    seq,
    at: '2026-11-21T18:00:00.000Z',
    chain: 'A'.repeat(43),
    type: 'record',
    record,
  } as const;
  return { event, origin, members: new Set(members.map(({ proof }) => proof.device)), membership: undefined };
}

async function greeted(device = nagy): Promise<ConnectedSocket> {
  const socket = await sockets.connect(device);
  greeting.begin(socket.connection);
  await socket.mustBeTold(1);
  return socket;
}

function seqsOf({ told }: ConnectedSocket): unknown[] {
  return told.flatMap(([name, payload]) => (name === 'event' ? [(payload as { seq: number }).seq] : []));
}

function lastHello({ told }: ConnectedSocket): unknown {
  return told.findLast(([name]) => name === 'hello')?.[1];
}

describe('a greeting', () => {
  it('counts what became durable while the database was read', async () => {
    const socket = await sockets.connect(nagy);
    greeting.begin(socket.connection);
    // As if it had been stored after the database took its snapshot.
    fanOut.publish([eventAt(7)]);
    await socket.mustBeTold(1);
    expect(lastHello(socket)).toMatchObject({
      channels: expect.arrayContaining([expect.objectContaining({ id: channel, lastSeq: 7 })]),
    });
    fanOut.publish([eventAt(8)]);
    await socket.mustBeTold(2);
    expect(seqsOf(socket)).toEqual([8]);
  });
});

describe('the fan-out', () => {
  it('leaves out, of a batch, what each socket has sent itself', async () => {
    const [mine, others] = [await greeted(petrova), await greeted()];
    const { id } = mine.connection;
    fanOut.publish([
      eventAt(1, undefined, id),
      eventAt(2),
      eventAt(3, undefined, id),
      eventAt(4, undefined, id),
      eventAt(5),
    ]);
    await others.mustBeTold(6);
    await mine.mustBeTold(3);
    expect(seqsOf(others)).toEqual([1, 2, 3, 4, 5]);
    expect(seqsOf(mine)).toEqual([2, 5]);
  });

  it('pushes nothing to a device that is no member of the epoch, and greets its socket anew', async () => {
    const [member, removed] = [await greeted(petrova), await greeted()];
    const REMOVE = 'UPDATE channel_memberships SET until_seq = 0 WHERE channel = $1 AND device = $2';
    await database.pool.query(REMOVE, [channel, nagy.proof.device]);
    fanOut.publish([eventAt(3, [petrova])]);
    await removed.mustBeTold(2);
    await member.mustBeTold(2);
    expect(seqsOf(removed)).toEqual([]);
    expect(lastHello(removed)).toMatchObject({
      channels: expect.arrayContaining([expect.objectContaining({ id: channel, until: 0 })]),
    });
    expect(connections.inRoom(channel)?.size).toBe(1);
  });

  it('greets anew whoever may have missed something of which the answer was lost', async () => {
    const other = testDevice('hu:other:desk-1');
    const [member, added] = [await greeted(petrova), await greeted(other)];
    const ADD = 'INSERT INTO channel_memberships VALUES ($1, $2, 0, NULL, 2, $3)';
    await database.pool.query(ADD, [channel, other.proof.device, Buffer.from(other.key.publicKey)]);
    fanOut.doubt([{ channel, added: [other.proof.device] }]);
    await Promise.all([member.mustBeTold(2), added.mustBeTold(2)]);
    expect(lastHello(added)).toMatchObject({ channels: [{ id: channel }] });
    fanOut.publish([eventAt(4, [petrova, other])]);
    await Promise.all([member.mustBeTold(3), added.mustBeTold(3)]);
    expect([seqsOf(member), seqsOf(added)]).toEqual([[4], [4]]);
  });
});

describe('a connection', () => {
  it('gives no more answers to a socket that takes none', async () => {
    const { connection } = await greeted();
    let answers = 0;
    while (connection.answer(String(answers), 'x'.repeat(1000))) answers += 1;
    expect(answers * 1024).toBeLessThanOrEqual(SOCKET_BACKLOG_LIMIT + 1024);
  });
});
