import { request as httpRequest } from 'node:http';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { RATE_CLASSES, ROUTES, type RateClass } from '#liaison/protocol';
import {
  callHub,
  type HubCommunity,
  mustCallHub,
  startHub,
  TestClock,
  type HubAnswer,
  type TestHub,
} from '#liaison/testing';
import { networkOf } from '../src/http/client-address.js';
import { RateLimiter } from '../src/http/rate-limiter.js';
import { foundedHub } from './hub-for-test.js';
import { expectRefusal } from './refusal.js';

const NOT_FOUND = { status: 404, code: 'not-found', check: 'HUB-01' };

let clock: TestClock;
let hub: TestHub;
let community: HubCommunity;
beforeAll(async () => {
  ({ clock, hub, community } = await foundedHub('http'));
});
afterAll(async () => {
  await hub.stop();
});
beforeEach(() => {
  clock.advance(60_000);
});

async function send(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<HubAnswer> {
  const response = await fetch(`${hub.url}${path}`, {
    method,
    ...(body !== undefined && { body }),
    ...(headers && { headers }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('what is not there', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/v1/nothing'],
    ['POST', '/v1/roster'],
    ['DELETE', '/health'],
    ['GET', '/v1//hub'],
    ['GET', '/v1/../metrics/x'],
  ])('%s %s is refused as everything absent', async (method, path) => {
    expectRefusal(await send(method, path), NOT_FOUND);
  });

  it('and a path that cannot be decoded is malformed', async () => {
    expectRefusal(await send('GET', '/v1/contact-points/%E0%A4%A/crl'), {
      status: 400,
      code: 'malformed',
      check: 'HUB-04',
    });
  });
});

describe('a body', () => {
  it('that is not JSON is refused', async () => {
    for (const body of ['{', '', '{"a":1}}', '\u{feff}{}']) {
      expectRefusal(await send('POST', '/v1/session/challenge', body, JSON_TYPE), {
        status: 400,
        code: 'malformed',
        check: 'HUB-03',
      });
    }
  });

  it('is declared as JSON and not compressed', async () => {
    const refused = { status: 400, code: 'malformed', check: 'HUB-03' };
    expectRefusal(await send('POST', '/v1/session/challenge', '{}', { 'content-type': 'text/plain' }), refused);
    expectRefusal(
      await send('POST', '/v1/session/challenge', '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }),
      refused,
    );
  });

  it('with a field too many, or one amiss, is refused with its place and without its value', async () => {
    const answer = await send('POST', '/v1/session/challenge', '{"planted-name":"planted-value"}', JSON_TYPE);
    expectRefusal(answer, { status: 400, code: 'malformed', check: 'HUB-04' });
    expect(JSON.stringify(answer.body)).not.toContain('planted-value');
    const proto = await send('POST', '/v1/session/challenge', '{"__proto__":{}}', JSON_TYPE);
    expectRefusal(proto, { status: 400, code: 'malformed', check: 'HUB-04' });
  });

  it('beyond the limit of its row is refused, announced or not', async () => {
    const limit = ROUTES.createChallenge.bodyLimit;
    const tooLong = `{"a":"${'x'.repeat(limit)}"}`;
    const refused = { status: 413, code: 'too-large', check: 'HUB-02' };
    expectRefusal(await send('POST', '/v1/session/challenge', tooLong, JSON_TYPE), refused);
    expect(await sendChunked('/v1/session/challenge', tooLong)).toMatch(/^413 .*"HUB-02"/);
    expectRefusal(await send('DELETE', '/v1/session', undefined), {
      status: 401,
      code: 'unauthenticated',
      check: 'SIN-04',
    });
  });

  it('is refused where the row takes none', async () => {
    const { token } = await community.signIn(community.enrol('bg:petrova:desk-1'));
    const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
    expectRefusal(await send('DELETE', '/v1/session', '{}', headers), {
      status: 413,
      code: 'too-large',
      check: 'HUB-02',
    });
  });

  it('of a stranger is not read at all', async () => {
    const answer = await send('POST', '/v1/channels', `{"groupInfo":"${'A'.repeat(1_000_000)}"}`, JSON_TYPE);
    expectRefusal(answer, { status: 401, code: 'unauthenticated', check: 'SIN-04' });
    expect(answer.headers.get('connection')).toBe('close');
  });
});

function sendChunked(path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${hub.url}${path}`, { method: 'POST', headers: JSON_TYPE }, (response) => {
      const pieces: string[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece.toString()));
      response.on('end', () => {
        resolve(`${response.statusCode} ${pieces.join('')}`);
      });
    });
    request.on('error', reject);
    // Without a content-length the body goes in chunks.
    request.write(body.slice(0, 10));
    request.end(body.slice(10));
  });
}

describe('parameters', () => {
  it('follow the schemas of the row', async () => {
    for (const [path, status] of [
      ['/v1/contact-points/BG/crl', 400],
      ['/v1/roster?version=0', 400],
      ['/v1/roster?version=1&version=2', 400],
      ['/v1/roster?other=1', 400],
      ['/v1/roster?version=1', 200],
    ] as const) {
      expect((await fetch(`${hub.url}${path}`)).status).toBe(status);
    }
  });
});

describe('every answer', () => {
  it('carries the headers of a server that wants no surprises', async () => {
    const { headers } = await fetch(`${hub.url}/v1/hub`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    for (const absent of ['x-powered-by', 'etag', 'access-control-allow-origin'])
      expect(headers.get(absent)).toBeNull();
  });
});

describe('the operator’s routes', () => {
  it('tell that the hub lives and serves', async () => {
    expect(await mustCallHub(hub.url, 'health')).toEqual({ status: 'ok' });
    expect(await mustCallHub(hub.url, 'ready')).toEqual({ status: 'ok' });
  });

  it('give the contract as OpenAPI', async () => {
    const document = (await mustCallHub(hub.url, 'openapi')) as { openapi: string; paths: object };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/v1/channels/{channel}/records');
  });

  it('give metrics to this machine', async () => {
    const metrics = await mustCallHub(hub.url, 'metrics');
    expect(metrics).toContain('liaison_request_seconds_count{route="ready",status="200"}');
    expect(metrics).toContain('nodejs_eventloop_lag_seconds');
    expect(metrics).not.toMatch(/petrova|bg:/);
  });

  it('give metrics to nobody else', async () => {
    expectRefusal(await callHub(hub.url, 'metrics', { headers: { 'x-forwarded-for': '203.0.113.5' } }), {
      ...NOT_FOUND,
      check: 'HUB-06',
    });
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
    if (address === undefined) return;
    const open = await startHub({
      database: hub.database,
      configuration: { host: '0.0.0.0', origin: hub.configuration.origin },
    });
    const { port } = open.configuration;
    expectRefusal(await callHub(`http://${address}:${port}`, 'metrics'), { ...NOT_FOUND, check: 'HUB-06' });
    await open.stop();
  });

  it('say that the hub is not ready where the database is away', async () => {
    const lonely = await startHub();
    const admin = new pg.Client({ connectionString: hub.database.adminUrl });
    await admin.connect();
    const name = admin.escapeIdentifier(new URL(lonely.database.appUrl).pathname.slice(1));
    await admin.query(`REVOKE CONNECT ON DATABASE ${name} FROM liaison_app`);
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      name.replaceAll('"', ''),
    ]);
    expect(await callHub(lonely.url, 'ready')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
    expect((await callHub(lonely.url, 'health')).status).toBe(200);
    await admin.query(`GRANT CONNECT ON DATABASE ${name} TO liaison_app`);
    expect((await callHub(lonely.url, 'ready')).status).toBe(200);
    await admin.end();
    await lonely.stop();
  });
});

describe('rate limits', () => {
  it('give each class its burst, then ask to wait, then go on', () => {
    const time = new TestClock();
    const limiter = new RateLimiter(time);
    const { burst, perSecond } = RATE_CLASSES.claim;
    for (let index = 0; index < burst; index += 1) limiter.take('claim', 'bg:petrova:desk-1');
    expect(() => {
      limiter.take('claim', 'bg:petrova:desk-1');
    }).toThrow(
      expect.objectContaining({ code: 'try-again', details: { check: 'HUB-05', retryAfterMs: 1000 / perSecond } }),
    );
    limiter.take('claim', 'hu:nagy:desk-1');
    limiter.take('write', 'bg:petrova:desk-1');
    time.advance(1000 / perSecond);
    limiter.take('claim', 'bg:petrova:desk-1');
  });

  it('give nothing for a clock that goes back', () => {
    const time = new TestClock();
    const limiter = new RateLimiter(time);
    const takeAll = (): void => {
      for (let index = 0; index <= RATE_CLASSES.probe.burst; index += 1) limiter.take('probe', 'a');
    };
    expect(takeAll).toThrow('Too many requests');
    time.advance(-3_600_000);
    expect(takeAll).toThrow('Too many requests');
  });

  it('remember a bounded number of callers', () => {
    const limiter = new RateLimiter(new TestClock(), 100);
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 200_000; index += 1) limiter.take('probe', `198.51.100.${index}`);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000);
  });

  it('count strangers by address, and devices by themselves', async () => {
    const { token } = await community.signIn(community.enrol('bg:petrova:desk-1'));
    const statuses = await burstOf('sign-in', () => callHub(hub.url, 'createChallenge', { body: {} }));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    const answer = await callHub(hub.url, 'createChallenge', { body: {} });
    expectRefusal(answer, { status: 429, code: 'try-again', check: 'HUB-05' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await mustCallHub(hub.url, 'countKeyPackages', { token });
  });

  it('stop who guesses tokens', async () => {
    const statuses = await burstOf('sign-in', () => callHub(hub.url, 'countKeyPackages', { token: 'a.b.c' }));
    expect([statuses.includes(401), statuses.includes(429)]).toEqual([true, true]);
  });

  it('take IPv6 customers by their network', () => {
    const network = (ip: string): string => networkOf({ ip });
    expect(network('2001:db8:1:2:3:4:5:6')).toBe(network('2001:db8:1:2::9'));
    expect(network('2001:db8:1:3::1')).not.toBe(network('2001:db8:1:2::1'));
    expect(network('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(network('::1')).toBe('0:0:0:0');
  });

  async function burstOf(rateClass: RateClass, call: () => Promise<HubAnswer>): Promise<number[]> {
    const calls = Array.from({ length: RATE_CLASSES[rateClass].burst + 5 }, call);
    return (await Promise.all(calls)).map(({ status }) => status);
  }
});

describe('a sender that stalls', () => {
  it('does not keep the hub from stopping', async () => {
    const { origin } = hub.configuration;
    const other = await startHub({ database: hub.database, configuration: { origin } });
    const socket = connect(other.configuration.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'PUT /v1/roster HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const from = performance.now();
    await other.stop();
    expect(performance.now() - from).toBeLessThan(8_000);
    socket.destroy();
  });
});
