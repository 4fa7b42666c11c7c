import fc from 'fast-check';
import { ROUTES, type RouteContract } from '#liaison/protocol';
import type { RawRequest } from './raw-http.js';

const routes: readonly RouteContract[] = Object.values(ROUTES);
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

const segment = fc.oneof(
  fc.constantFrom(
    ...[
      '%00',
      '%2f',
      '%2e%2e',
      '..%2f..%2fetc%2fpasswd',
      '..',
      '.',
      '%',
      '%zz',
      '%E0%A4%A',
      '%ff',
      '%ud800',
      '%0d%0aX:%201',
    ],
    ...[
      '*',
      '(.*)',
      ':channel',
      '$where',
      "'",
      '%22',
      '%5c',
      ';a=b',
      '-',
      '__proto__',
      'constructor',
      'undefined',
      'null',
    ],
    ...['0192f000-0000-7000-8000-000000000001', '0192F000-0000-7000-8000-000000000001', 'bg', 'BG', 'a'.repeat(3000)],
  ),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => {
    return text.isWellFormed() ? encodeURIComponent(text) : 'x';
  }),
  fc.webSegment(),
);

/** A path of the table with other parameters, or with small damage; or any path at all. */
const path = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...routes), fc.array(segment, { minLength: 2, maxLength: 2 }))
      .map(([route, parts]) => route.path.replaceAll(/:\w+/g, () => parts.shift() ?? 'x')),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...routes), segment).map(([route, part]) => `${route.path}/${part}`),
  },
  { weight: 1, arbitrary: fc.constantFrom(...routes).map((route) => route.path.replaceAll('/', '//')) },
  { weight: 1, arbitrary: fc.constantFrom(...routes).map((route) => `${route.path.toUpperCase()}/`) },
  { weight: 1, arbitrary: fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`) },
  { weight: 1, arbitrary: fc.constantFrom('*', 'http://elsewhere/v1/hub', '//', '/?', '/#', '/\\', '?', 'x') },
);

const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('after', 'limit', 'version', 'after[]', 'after[a]', '__proto__[x]', 'constructor', '', '%00'),
        fc.constantFrom('', '-1', '1e400', 'NaN', '0x10', '1.5', '9007199254740993', '%00', 'true', '1&after=2', '5'),
      )
      .map(([key, value]) => `?${key}=${value}`),
  },
  { weight: 1, arbitrary: fc.webQueryParameters().map((text) => `?${text}`) },
  { weight: 1, arbitrary: fc.constant(`?${'a=1&'.repeat(500)}`) },
);

const header = fc.oneof(
  fc.constantFrom<readonly [string, string]>(
    ...([
      ['Content-Type', 'text/plain'],
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['Content-Type', 'multipart/form-data; boundary=x'],
      ['Content-Type', 'application/json; charset=utf-7'],
      ['Content-Type', ''],
      ['Content-Encoding', 'gzip'],
      ['X-Forwarded-For', '::ffff:1.2.3.4, <script>, 1.2.3.4.5'],
      ['Forwarded', 'for="[::1]"'],
      ['X-HTTP-Method-Override', 'DELETE'],
      ['X-Request-Id', 'mine'],
      ['Cookie', 'token=x; token=y'],
      ['Range', 'bytes=0-0, -1'],
      ['If-None-Match', '*'],
      ['Origin', 'https://elsewhere.example'],
      ['Authorization', 'Bearer '],
      ['Authorization', 'Bearer a.b.c'],
      ['Authorization', `Bearer ${'A'.repeat(6000)}`],
      ['Authorization', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
      ['Authorization', 'Basic Og=='],
      ['Accept', 'text/html;q=nonsense'],
      ['Accept-Encoding', 'br, gzip'],
      ['Expect', 'the-unexpected'],
    ] as const),
  ),
  fc.tuple(fc.constantFrom('Authorization', 'X-Anything', 'Accept'), fc.string({ maxLength: 40 }).map(printable)),
);

/** Bodies of no particular route. */
const body: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom(
      ...[
        '',
        '{',
        '[]',
        'null',
        '0',
        '"x"',
        '{"__proto__":{"a":1}}',
        '{"a":1,"a":2}',
        '\ufeff{}',
        '{"a":"\\ud800"}',
        '1e999',
      ],
      ...['['.repeat(60_000), '{"a":'.repeat(20_000), `[${'0,'.repeat(30_000)}0]`, `{"x":"${'y'.repeat(400_000)}"}`],
    )
    .map((text) => Buffer.from(text)),
);

export interface FuzzedRequest {
  readonly request: RawRequest;
  readonly isSignedIn: boolean;
}

export const fuzzedRequest: fc.Arbitrary<FuzzedRequest> = fc
  .record({
    method: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE') },
      { weight: 1, arbitrary: fc.constantFrom('PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE') },
    ),
    path,
    query,
    headers: fc.array(header, { maxLength: 4 }),
    isJson: fc.boolean(),
    isSignedIn: fc.boolean(),
    body: fc.option(body, { nil: undefined, freq: 3 }),
    framing: fc.constantFrom('length' as const, 'chunked' as const),
  })
  .map(({ method, path: target, query: search, headers, isJson, isSignedIn, body: bytes, framing }) => ({
    request: {
      method,
      path: `${target}${search}`,
      headers: isJson ? [JSON_TYPE, ...headers] : headers,
      framing,
      ...(bytes !== undefined && { body: bytes }),
    },
    isSignedIn,
  }));

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
