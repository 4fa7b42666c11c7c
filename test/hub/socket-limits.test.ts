import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { signSignInPolicy } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { ContactPointId, RATE_CLASSES, SOCKET_PATH, timestampOf } from '#liaison/protocol';
import { HubCommunity, mustCallHub, startHub, TestClock, type TestHub } from '#liaison/testing';

const burst = RATE_CLASSES['sign-in'].burst + 20;

let hub: TestHub;
let token: string;
/** Of a session that has still to make its second proof. */
let halfOpen: string;
beforeAll(async () => {
  // A clock that stands still: no bucket fills again.
  const ports = { clock: new TestClock(), random: systemRandom };
  hub = await startHub({ ...ports, configuration: { trustedProxies: 1 } });
  const community = new HubCommunity(hub.url, ports);
  await community.found();
  ({ token } = await community.signIn(community.enrol('bg:petrova:desk-1')));
  const contactPoint = ContactPointId.parse('hu');
  const policy = { v: 1, contactPoint, number: 1, secondFactor: 'webauthn', hours: 12 } as const;
  const issuedAt = timestampOf(ports.clock);
  const body = signSignInPolicy({ ...policy, issuedAt }, community.authorities.get('hu')!.key);
  await mustCallHub(hub.url, 'putSignInPolicy', { params: { contactPoint }, body });
  ({ token: halfOpen } = await community.signIn(community.enrol('hu:nagy:desk-1')));
});
afterAll(() => hub.stop());

/** Connects as the trusted proxy would for the last address. @returns the check that refuses it, if one does. */
function refusalOf(forwardedFor: string, bearer: string): Promise<unknown> {
  const socket = io(hub.url, {
    path: SOCKET_PATH,
    transports: ['websocket'],
    auth: { token: bearer },
    reconnection: false,
    forceNew: true,
    extraHeaders: { 'X-Forwarded-For': forwardedFor },
  });
  return new Promise((resolve) => {
    const end = (result: unknown): void => {
      socket.disconnect();
      resolve(result);
    };
    socket.once('connect', () => {
      end(undefined);
    });
    socket.once('connect_error', (error: Error & { data?: { error: { check: unknown } } }) => {
      end(error.data?.error.check);
    });
  });
}

async function exhaust(forwardedFor: (index: number) => string): Promise<unknown[]> {
  const checks: unknown[] = [];
  for (let index = 0; index < burst; index += 10) {
    const some = Array.from({ length: 10 }, (_, offset) => refusalOf(forwardedFor(index + offset), 'wrong'));
    checks.push(...(await Promise.all(some)));
  }
  return checks;
}

describe('sockets that fail behind a proxy', () => {
  it('are counted against the client’s network, and do not keep others out', async () => {
    for (let index = 0; index < 20; index += 1) expect(await refusalOf('192.0.2.1', halfOpen)).toBe('SIN-08');
    const checks = await exhaust(() => '192.0.2.1');
    expect(checks).toContain('HUB-05');
    // A token that is good but for the second proof is no guess.
    expect(checks.filter((check) => check === 'SIN-05').length).toBeGreaterThanOrEqual(RATE_CLASSES['sign-in'].burst);
    expect(await refusalOf('192.0.2.2', 'wrong')).toBe('SIN-05');
    expect(await refusalOf('192.0.2.2', token)).toBeUndefined();
  });

  it('cannot choose whom they are counted against', async () => {
    expect(await exhaust((index) => `198.51.100.${index}, 192.0.2.3`)).toContain('HUB-05');
  });

  it('are not verified any more once there were too many', async () => {
    await exhaust(() => '2001:db8::1');
    expect(await refusalOf('2001:db8::2', token)).toBe('HUB-05');
  });
});

describe('a socket that goes on over its rate', () => {
  it('is refused some times, then ended', async () => {
    const socket = io(hub.url, { path: SOCKET_PATH, transports: ['websocket'], auth: { token }, reconnection: false });
    await new Promise((resolve) => socket.once('hello', resolve));
    let answers = 0;
    for (let index = 0; index < 2000; index += 1) {
      socket.emit('submit', {}, () => {
        answers += 1;
      });
    }
    expect(await new Promise((resolve) => socket.once('disconnect', resolve))).toBe('io server disconnect');
    expect(answers).toBe(RATE_CLASSES.submit.burst + RATE_CLASSES.socket.burst);
  });
});
