import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ROUTES, type RouteContract, type RouteName } from '#liaison/protocol';
import { PROBES } from '../matrix/probes.js';
import { mutation } from './mutations.js';
import { exchange, exchangeBytes, type RawRequest } from './raw-http.js';
import { fuzzedRequest } from './requests.js';
import { mustBeDocumented, Target } from './target.js';

const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const NAMES = Object.keys(ROUTES) as RouteName[];
const WITH_BODY = NAMES.filter((name) => 'body' in ROUTES[name]);

let target: Target;
beforeAll(async () => {
  target = await Target.start();
});
afterEach(() => target.mustStillServe());
afterAll(() => target.stop());

function bearer(): readonly [string, string] {
  return ['Authorization', `Bearer ${target.token}`];
}

async function mustRefuseOrAnswer(request: RawRequest): Promise<void> {
  mustBeDocumented(request.method, await exchange(target.port, request));
}

/** A request of this route that would succeed, to be spoiled. */
async function validRequest(name: RouteName): Promise<{ path: string; method: string; body: unknown }> {
  const { world } = target;
  const { params, body } = await PROBES[name].call(world, world.owner, world.channel);
  const route: RouteContract = ROUTES[name];
  const path = route.path.replaceAll(/:(\w+)/g, (_, part: string) => encodeURIComponent(params?.[part] ?? ''));
  return { path, method: route.method, body };
}

/** A body that was taken away altogether is an empty one. */
function jsonText(value: unknown): string {
  return value === undefined || typeof value === 'symbol' ? '' : JSON.stringify(value);
}

describe('a request of nonsense', () => {
  it('is refused in the documented form', () =>
    target.check(400, fuzzedRequest, async ({ request, isSignedIn }) => {
      // A session that is ended lawfully would leave the rest of the cases without one.
      const isEnd = request.method === 'DELETE' && /session/i.test(request.path);
      const headers = isSignedIn && !isEnd ? [...request.headers, bearer()] : request.headers;
      await mustRefuseOrAnswer({ ...request, headers });
    }));

  it.each(WITH_BODY)('made of a valid %s by one change is refused in the documented form, or lawful', async (name) => {
    const { path, method, body } = await validRequest(name);
    await target.check(50, mutation, async (mutate) => {
      const changed = Buffer.from(jsonText(mutate(structuredClone(body))));
      // One a second is what this rate allows for long.
      if (ROUTES[name].rate === 'enrol') target.world.clock.advance(500);
      await mustRefuseOrAnswer({ method, path, headers: [JSON_TYPE, bearer()], body: changed });
    });
  });

  it('beyond every limit is refused without being kept', async () => {
    const huge = Buffer.alloc(8 * 1024 * 1024, 0x5b);
    const before = process.memoryUsage().rss;
    for (const name of NAMES) {
      for (const framing of ['length', 'chunked'] as const) {
        await target.refresh();
        const { path, method } = ROUTES[name];
        const place = path.replaceAll(/:\w+/g, target.world.channel);
        const answer = await exchange(target.port, {
          method,
          path: place,
          headers: [JSON_TYPE, bearer()],
          body: huge,
          framing,
        });
        // A connection that is closed under so much unread data may lose the answer.
        if (answer.status !== 0) mustBeDocumented(method, answer);
      }
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  });
});

const CHALLENGE = 'POST /v1/session/challenge HTTP/1.1\r\nHost: a\r\n';

/** Bytes that are nearly a request. */
const BROKEN = [
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET /health HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n',
  'FOO /health HTTP/1.1\r\nHost: a\r\n\r\n',
  'get /health HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET health HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /hea\u0000lth HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /health HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n',
  `${CHALLENGE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
  `${CHALLENGE}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  `${CHALLENGE}Content-Length: -1\r\n\r\n{}`,
];

describe('bytes that are no HTTP request', () => {
  it.each(BROKEN)('%j is refused as malformed', async (text) => {
    const answer = await exchangeBytes(target.port, Buffer.from(text, 'latin1'));
    mustBeDocumented('GET', answer);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'malformed', check: 'HUB-08' } });
  });

  it('with too large a head is refused as too large', async () => {
    for (const text of [
      `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n`,
      `GET / HTTP/1.1\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
    ]) {
      const answer = await exchangeBytes(target.port, Buffer.from(text));
      mustBeDocumented('GET', answer);
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'too-large', check: 'HUB-08' } });
    }
  });

  // Blank lines before a request are passed over (RFC 9112 section 2.2), so there is always more than these.
  it('of any kind are refused, or the connection is closed', () =>
    target.check(150, fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      mustBeDocumented('GET', await exchangeBytes(target.port, Buffer.concat([bytes, Buffer.from('x\r\n\r\n')])));
    }));

  it.each([
    `${CHALLENGE}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\nzz\r\n}`,
    `${CHALLENGE}Content-Type: application/json\r\nTransfer-Encoding: gzip, x\r\n\r\n{}`,
  ])('%j goes wrong in the middle of a body, and is refused', async (text) => {
    const answer = await exchangeBytes(target.port, Buffer.from(text));
    mustBeDocumented('POST', answer);
    expect(answer.status).toBe(400);
  });

  it.each([
    'CONNECT elsewhere:443 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    'GET /health HTTP/1.1\r\n\r\n',
    'GET /v1/socket/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET /v1/socket/?EIO=3&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'POST /v1/socket/?sid=x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    'GET /v1/socket/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ])('%j, which is for nobody, is refused or not answered', async (text) => {
    const { status } = await exchangeBytes(target.port, Buffer.from(text));
    expect([0, 400, 404]).toContain(status);
  });
});
