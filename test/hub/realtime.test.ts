import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { io } from 'socket.io-client';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { type ChannelEvent, type ChannelId, SOCKET_PATH } from '#liaison/protocol';
import { callHub, HubCommunity, startHub, startTestPostgres, type TestHub, type TestPostgres } from '#liaison/testing';
import { Connected, Member } from './member.js';

let hub: TestHub;
let community: HubCommunity;
let sofia: Member;
let plovdiv: Member;
let budapest: Member;

beforeAll(async () => {
  hub = await startHub();
  community = new HubCommunity(hub.url, { clock: systemClock, random: systemRandom });
  await community.found();
  sofia = await Member.join(hub, community, 'bg:petrova:desk-1');
  plovdiv = await Member.join(hub, community, 'bg:ivanov:desk-1');
  budapest = await Member.join(hub, community, 'hu:nagy:desk-1');
});
afterAll(() => hub.stop());

describe('a socket', () => {
  it('is refused without a token, with a wrong one, and over long polling', async () => {
    for (const [token, check] of [
      [undefined, 'RTM-01'],
      [7, 'RTM-01'],
      ['wrong', 'SIN-05'],
    ]) {
      await expect(Connected.open(hub.url, token)).rejects.toMatchObject({
        data: { error: { code: 'unauthenticated', check } },
      });
    }
    const polling = io(hub.url, { path: SOCKET_PATH, transports: ['polling'], reconnection: false });
    await new Promise((resolve) => polling.once('connect_error', resolve));
    polling.close();
  });

  it('is told first where every channel stands', async () => {
    const channel = await sofia.create();
    await sofia.accepted(channel, await sofia.draftAdd(channel, budapest));
    const connected = await budapest.connect();
    expect(connected.told[0]?.[0]).toBe('hello');
    expect(connected.hello.channels).toContainEqual({ id: channel, epoch: 1, from: 1, lastSeq: 1 });
    expect(connected.hello.welcomes).toBeGreaterThan(0);
    connected.close();
  });

  it('submits, gets the receipt and not the push; the others get the push', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest);
    const [sender, otherOfSender, receiver] = [await sofia.connect(), await sofia.connect(), await budapest.connect()];
    const record = await sofia.seal(channel);
    const receipt = await sender.submit(record);
    expect(receipt).toMatchObject({ id: record.id, channel, seq: 2, duplicate: false });
    const [pushed] = await receiver.mustHaveEvents(1);
    expect(pushed).toEqual((await budapest.events(channel, 1)).events[0]);
    await otherOfSender.mustHaveEvents(1);
    expect(sender.events).toEqual([]);
    expect(await sender.submit(record)).toEqual({ ...receipt, duplicate: true });
    for (const connected of [sender, otherOfSender, receiver]) connected.close();
  });

  it('answers what is wrong with a record, and ends one that sends what nobody sends', async () => {
    const channel = await sofia.create();
    const connected = await sofia.connect();
    const record = await sofia.seal(channel);
    const spoilt = { ...record, signature: 'A'.repeat(86) };
    expect(await connected.submit(spoilt)).toMatchObject({ error: { code: 'bad-signature', check: 'REC-13' } });
    expect(await connected.submit({ ...record, header: '{}' })).toMatchObject({
      error: { code: 'malformed', check: 'HDR-02' },
    });
    connected.socket.emit('shutdown', {});
    await connected.untilClosed();
  });

  it('moves its cursor durably', async () => {
    const channel = await sofia.create();
    await sofia.post(channel);
    const connected = await sofia.connect();
    expect(await connected.moveCursor(channel, 1)).toEqual({ seq: 1 });
    expect(await connected.moveCursor(channel, 5)).toMatchObject({ error: { check: 'CUR-01' } });
    expect(await connected.moveCursor(channel, -1)).toMatchObject({ error: { code: 'malformed', check: 'RTM-04' } });
    const report = await sofia.must('getDelivery', { params: { channel } });
    expect(report).toMatchObject({ cursors: [{ device: sofia.address, seq: 1 }] });
    connected.close();
  });

  it('of a device that is added is told so, and pushed what follows', async () => {
    const channel = await sofia.create();
    const connected = await budapest.connect();
    await sofia.add(channel, budapest);
    expect(await connected.mustTell('welcome')).toEqual({ channel });
    await sofia.post(channel);
    expect(await connected.mustHaveEvents(1)).toMatchObject([{ channel, seq: 2, type: 'record' }]);
    connected.close();
  });

  it('of a device that is removed gets the commit that removes it, is told so, and gets no more', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest, plovdiv);
    const [removed, stays] = [await budapest.connect(), await plovdiv.connect()];
    await sofia.remove(channel, budapest);
    expect(await removed.mustTell('removed')).toEqual({ channel, until: 2 });
    await sofia.post(channel);
    await stays.mustHaveEvents(2);
    expect(removed.events.map(({ seq }) => seq)).toEqual([2]);
    for (const connected of [removed, stays]) connected.close();
  });

  it('gets every channel’s events in order, while many are sent', async () => {
    const channels = await Promise.all([sofia.create(), sofia.create(), sofia.create()]);
    for (const channel of channels) await sofia.add(channel, budapest);
    const [sender, receiver] = [await sofia.connect(), await budapest.connect()];
    const receipts: Promise<unknown>[] = [];
    for (let index = 0; index < 60; index += 1) {
      receipts.push(sender.submit(await sofia.seal(channels[index % 3]!)));
    }
    await Promise.all(receipts);
    const events = await receiver.mustHaveEvents(60);
    for (const channel of channels) {
      const seqs = events.filter((event) => event.channel === channel).map(({ seq }) => seq);
      expect(seqs).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
    }
    for (const connected of [sender, receiver]) connected.close();
  });

  it('misses nothing that becomes durable while it connects', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest);
    const sender = await sofia.connect();
    const stop = new AbortController();
    const sending = (async () => {
      let sent = 0;
      for (; !stop.signal.aborted; sent += 1) await sender.submit(await sofia.seal(channel));
      return sent;
    })();
    const connections: Connected[] = [];
    for (let index = 0; index < 10; index += 1) connections.push(await budapest.connect());
    stop.abort();
    const last = (await sending) + 1;
    for (const connected of connections) {
      const known = connected.hello.channels.find(({ id }) => id === channel)!.lastSeq;
      await connected.mustHaveEvents(last - known);
      const seqs = connected.events.map(({ seq }: ChannelEvent) => seq);
      expect(seqs).toEqual(Array.from({ length: last - known }, (_, index) => known + 1 + index));
      connected.close();
    }
    sender.close();
  });

  it('is closed when its session ends, and when its device is revoked', async () => {
    const leaving = await Member.join(hub, community, 'hu:leaving:desk-1');
    const ended = await leaving.connect();
    await leaving.must('endSession');
    expect(await ended.mustTell('closing')).toEqual({ reason: 'session-ended' });
    await ended.untilClosed();
    const stolen = await Member.join(hub, community, 'hu:stolen:desk-1');
    const revoked = await stolen.connect();
    const crl = Buffer.from(community.revocationList('hu', 1, [stolen.device])).toString('base64url');
    await callHub(hub.url, 'putRevocationList', { params: { contactPoint: 'hu' }, body: { crl } });
    expect(await revoked.mustTell('closing')).toEqual({ reason: 'revoked' });
    await revoked.untilClosed();
  });

  it('is one of at most sixteen of its device', async () => {
    const busy = await Member.join(hub, community, 'hu:busy:desk-1');
    const open = await Promise.all(Array.from({ length: 16 }, () => busy.connect()));
    await expect(busy.connect()).rejects.toMatchObject({ data: { error: { code: 'try-again', check: 'RTM-03' } } });
    for (const connected of open) connected.close();
  });
});

describe('a hub that stops', () => {
  it('says so, has stored what it acknowledged, and refuses what comes late', async () => {
    const database = await startTestPostgres();
    const first = await startHub({ database });
    const people = new HubCommunity(first.url, { clock: systemClock, random: systemRandom });
    await people.found();
    const desk = await Member.join(first, people, 'bg:petrova:desk-1');
    const channel = await desk.create();
    const connected = await desk.connect();
    const records = await Promise.all(Array.from({ length: 20 }, () => desk.seal(channel)));
    const answers = records.map((record) => connected.submit(record).catch(() => undefined));
    await answers[0];
    const stopped = first.stop();
    expect(await connected.mustTell('closing')).toEqual({ reason: 'stopping' });
    await stopped;
    const acknowledged = (await Promise.all(answers)).flatMap((receipt) => receipt?.seq ?? []);
    expect(acknowledged.length).toBeGreaterThan(0);
    // Whatever was stored was also acknowledged: the last receipts are read before the connection ends.
    expect(await storedSeqs(database, channel)).toEqual(acknowledged.sort((a, b) => a - b));
    await database.stop();
  });
});

async function openSockets(): Promise<number> {
  const { body } = await callHub(hub.url, 'metrics');
  return Number(/^liaison_sockets (\d+)/m.exec(String(body))?.[1]);
}

/** Stops taking bytes from the network, as a frozen device would. @returns how to end it. */
function stopReading({ socket }: Connected): () => void {
  const { transport } = socket.io.engine;
  if (!('ws' in transport)) throw new Error('This socket is no WebSocket.');
  const webSocket = transport.ws as { pause: () => void; terminate: () => void };
  webSocket.pause();
  return () => {
    webSocket.terminate();
  };
}

async function storedSeqs({ appUrl }: TestPostgres, channel: ChannelId): Promise<number[]> {
  const client = new pg.Client({ connectionString: appUrl });
  await client.connect();
  const { rows } = await client.query<{ seq: number }>(
    'SELECT seq::float8 AS seq FROM channel_events WHERE channel = $1 ORDER BY seq',
    [channel],
  );
  await client.end();
  return rows.map(({ seq }) => seq);
}

describe('a socket that does not read', () => {
  it('is closed once its backlog is full, and holds up nobody else', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest, plovdiv);
    const [sender, slow, quick] = [await sofia.connect(), await budapest.connect(), await plovdiv.connect()];
    const before = await openSockets();
    const end = stopReading(slow);
    const long = 'x'.repeat(60_000);
    // What the kernel keeps for a socket comes on top of the hub's own limit.
    for (let sent = 0; sent < 40; sent += 1) {
      const batch = await Promise.all(Array.from({ length: 10 }, () => sofia.seal(channel, {}, long)));
      await Promise.all(batch.map((record) => sender.submit(record)));
      if ((await openSockets()) === before - 1) break;
    }
    await quick.mustHaveEvents(100);
    expect(await openSockets()).toBe(before - 1);
    end();
    for (const connected of [sender, quick]) connected.close();
  });
});

describe('metrics', () => {
  it('tell of the queue, of batches and of deliveries, and name nobody', async () => {
    const { body } = await callHub(hub.url, 'metrics');
    expect(body).toMatch(/liaison_sequencer_queue_depth 0/);
    expect(body).toMatch(/liaison_sequencer_batch_size_count [1-9]/);
    expect(body).toMatch(/liaison_sequencer_commit_seconds_count [1-9]/);
    expect(body).toMatch(/liaison_deliveries_total [1-9]/);
    expect(body).toMatch(/liaison_sockets \d/);
    expect(body).not.toContain('petrova');
  });
});
