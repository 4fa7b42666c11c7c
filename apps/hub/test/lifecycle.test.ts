import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { cryptoReady } from '#liaison/crypto';
import { ContactPointId, DeviceAddress } from '#liaison/protocol';
import { callHub, HubCommunity, seededRandom, startHub, TestClock } from '#liaison/testing';
import { AuthenticatedDevice } from '../src/access/authenticated-device.js';
import { LiveSessions } from '../src/identity/live-sessions.js';
import { SessionEnds, type SessionEnd } from '../src/identity/session-ends.js';
import { Shutdown, SHUTDOWN_STAGES } from '../src/lifecycle/shutdown.js';

describe('the shutdown', () => {
  it('runs its stages in order, each whole, once, and past a fault', async () => {
    const done: string[] = [];
    const faults: string[] = [];
    const shutdown = new Shutdown((stage, fault) => void faults.push(`${stage}: ${(fault as Error).message}`));
    for (const stage of [...SHUTDOWN_STAGES].reverse()) {
      shutdown.at(stage, async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        done.push(stage);
      });
    }
    shutdown.at('drain', () => {
      throw new Error('stuck');
    });
    expect(shutdown.hasBegun).toBe(false);
    await Promise.all([shutdown.run(), shutdown.run()]);
    expect(done).toEqual([...SHUTDOWN_STAGES]);
    expect(faults).toEqual(['drain: stuck']);
    expect(shutdown.hasBegun).toBe(true);
  });

  it('lets a request that is under way finish, and takes no further one', async () => {
    await cryptoReady();
    const ports = { clock: new TestClock(), random: seededRandom('shutdown') };
    const hub = await startHub(ports);
    const community = new HubCommunity(hub.url, ports);
    const roster = community.signed(await community.draft(1));
    const body = JSON.stringify(roster);
    const slow = request(`${hub.url}/v1/roster`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
    });
    slow.write(body.slice(0, 100));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stopping = hub.stop();
    slow.end(body.slice(100));
    const [answer] = (await once(slow, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(200);
    await stopping;
    await expect(callHub(hub.url, 'health')).rejects.toThrow('fetch failed');
  });

  it('refuses what comes over a connection that is still open', async () => {
    const hub = await startHub();
    const { port } = hub.configuration;
    const socket = connect(port, '127.0.0.1');
    const heard: string[] = [];
    socket.on('data', (piece) => heard.push(piece.toString()));
    // The first of two requests on one connection keeps the hub waiting, so that the second comes while it stops.
    socket.write('PUT /v1/roster HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stopping = hub.stop();
    socket.write('}GET /v1/roster HTTP/1.1\r\nhost: x\r\n\r\n');
    await stopping;
    expect(heard.join('')).toMatch(/HTTP\/1.1 400 .*HUB-04.*HTTP\/1.1 503 .*HUB-07/s);
    socket.destroy();
  });
});

describe('live sessions', () => {
  function deviceWith(sessionId: string, expiresAt: number): AuthenticatedDevice {
    return AuthenticatedDevice.ofVerifiedSession({
      device: DeviceAddress.parse('bg:petrova:desk-1'),
      contactPoint: ContactPointId.parse('bg'),
      clearance: 'RESTRICTED',
      duties: ['officer'],
      certificate: new Uint8Array(),
      certificateFingerprint: '',
      publicKey: new Uint8Array(),
      sessionId,
      sessionExpiresAt: expiresAt,
      lacksSecondFactor: false,
    });
  }

  it('are bounded: the oldest is ended, and its socket told, rather than forgotten', () => {
    const clock = new TestClock();
    const ends = new SessionEnds();
    const told: SessionEnd[] = [];
    ends.subscribe((end) => told.push(end));
    const live = new LiveSessions(clock, ends, 3);
    const expiresAt = clock.now() + 900_000;
    for (const id of ['1', '2', '3', '4']) live.add(`token-${id}`, deviceWith(id, expiresAt));
    expect(told.map(({ sessionId, reason }) => [sessionId, reason])).toEqual([['1', 'session-ended']]);
    expect(live.find('token-1')).toBeUndefined();
    expect(live.find('token-4')?.sessionId).toBe('4');
  });

  it('that have expired make room without a word', () => {
    const clock = new TestClock();
    const ends = new SessionEnds();
    const told: SessionEnd[] = [];
    ends.subscribe((end) => told.push(end));
    const live = new LiveSessions(clock, ends, 1);
    live.add('token-1', deviceWith('1', clock.now() + 1000));
    clock.advance(2000);
    live.add('token-2', deviceWith('2', clock.now() + 1000));
    expect(told).toEqual([]);
  });
});
