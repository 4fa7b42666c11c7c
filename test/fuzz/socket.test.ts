import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CLIENT_EVENTS, ErrorAnswer, SOCKET_MESSAGE_LIMIT } from '#liaison/protocol';
import { Connected } from '../hub/member.js';
import { BINARY, RawSocket, TEXT } from './raw-socket.js';
import { mustBeKnown, Target } from './target.js';

const NAMES = Object.keys(CLIENT_EVENTS);

let target: Target;
/** Lives through everything that is done to others. */
let witness: Connected;
beforeAll(async () => {
  target = await Target.start();
  await target.refresh();
  witness = await target.world.owner.connect();
});
afterEach(async () => {
  await target.mustStillServe();
  expect(witness.socket.connected).toBe(true);
});
afterAll(async () => {
  witness.close();
  await target.stop();
});

function connect(): Promise<Connected> {
  return Connected.open(target.world.hub.url, target.token);
}

/** Arguments of an event, of any kind that a client can send; Buffers travel as attachments. Three stay within the limit of a message. */
const anyArgument: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.record({ channel: fc.oneof(fc.uuid(), fc.jsonValue()), seq: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()) }),
  fc.record({ header: fc.json(), body: fc.base64String(), mls: fc.base64String(), signature: fc.base64String() }),
  fc.constantFrom<unknown>({ __proto__: null }, { toString: 1 }, { length: -1 }, [[[[]]]], 'x'.repeat(40_000)),
);

describe('an event of nonsense', () => {
  it('is answered with an error in the documented form, whatever it carries', async () => {
    const connected = await connect();
    await target.check(
      250,
      fc.tuple(fc.constantFrom(...NAMES), fc.array(anyArgument, { maxLength: 3 })),
      async ([name, args]) => {
        const answer: unknown = await connected.socket.timeout(5_000).emitWithAck(name, ...args);
        mustBeKnown(ErrorAnswer.parse(answer).error.code);
      },
    );
    connected.close();
  });

  it('without a wish for an answer changes nothing', async () => {
    const connected = await connect();
    await target.check(
      60,
      fc.tuple(fc.constantFrom(...NAMES), fc.array(anyArgument, { maxLength: 3 })),
      ([name, args]) => {
        connected.socket.emit(name, ...args);
        return Promise.resolve();
      },
    );
    expect(await connected.moveCursor(target.world.channel, 1)).toEqual({ seq: 1 });
    connected.close();
  });

  it('of another name ends the socket', () =>
    target.check(
      20,
      fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', 'constructor', 'event')),
      async (name) => {
        fc.pre(!NAMES.includes(name) && !['connect', 'connect_error', 'disconnect', 'disconnecting'].includes(name));
        fc.pre(!['newListener', 'removeListener'].includes(name));
        const connected = await connect();
        connected.socket.emit(name, 1);
        await connected.untilClosed();
      },
    ));
});

/** Texts of Engine.IO and Socket.IO that are nearly right. */
const PACKETS = [
  ...['', '4', '40', '41', '42', '42[', '42[]', '42{}', '42null', '42"submit"', '42[1]', '42[null,{}]', '42["submit"'],
  ...['42["submit"]', '420["submit"]', '42999999999999999999["submit",{}]', '42-1["submit",{}]', '421["submit",{},{}]'],
  ...[
    '43',
    '430',
    '430[]',
    '430["x"]',
    '44',
    '44{}',
    '45',
    '45-',
    '451-',
    '451-["submit",{"_placeholder":true,"num":0}]',
  ],
  ...[
    '459-["submit",{"_placeholder":true,"num":99}]',
    '45999999999-["submit"]',
    '461-1["submit",{"_placeholder":true,"num":-1}]',
  ],
  ...[
    '47',
    '4x',
    '0',
    '1',
    '2',
    '2probe',
    '3',
    '3probe',
    '5',
    '6',
    '9',
    'b',
    'bAAAA',
    '\u0000',
    '{}',
    '42/other,["submit",{}]',
  ],
  ...[
    '40/other,{}',
    '40{"token":"x"}',
    '40[',
    '41/other,',
    '42["disconnect"]',
    '42["connect"]',
    '42["error",{}]',
    '42["newListener"]',
  ],
  ...['421["cursor",{"__proto__":{"x":1}}]', '421["submit",{"header":{},"body":[],"mls":1,"signature":null}]'],
  `421["cursor",${'['.repeat(20_000)}${']'.repeat(20_000)}]`,
];

interface Blow {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly isFinal: boolean;
  readonly isMasked: boolean;
}

const usual = { opcode: TEXT, isFinal: true, isMasked: true };
const blow: fc.Arbitrary<Blow> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PACKETS).map((text) => ({ ...usual, payload: Buffer.from(text) })) },
  {
    weight: 2,
    arbitrary: fc
      .string({ unit: 'binary', maxLength: 60 })
      .map((text) => ({ ...usual, payload: Buffer.from(`42${text}`) })),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 60 }).map((payload) => ({ ...usual, payload })) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 60 }).map((payload) => ({ ...usual, opcode: BINARY, payload })) },
  {
    weight: 1,
    arbitrary: fc.record({
      opcode: fc.integer({ min: 0, max: 15 }),
      payload: fc.uint8Array({ maxLength: 200 }),
      isFinal: fc.boolean(),
      isMasked: fc.boolean(),
    }),
  },
);

describe('frames of nonsense', () => {
  it.each([false, true])('hurt nobody but their sender (signed in: %j)', (isSignedIn) =>
    target.check(150, fc.array(blow, { minLength: 1, maxLength: 6 }), async (blows) => {
      const raw = await RawSocket.open(target.port);
      if (isSignedIn) await raw.signIn(target.token);
      for (const { opcode, payload, ...form } of blows) raw.send(opcode, payload, form);
      expect(await witness.moveCursor(target.world.channel, 1)).toEqual({ seq: 1 });
      raw.close();
    }),
  );

  it('that are too large end the connection', async () => {
    for (const isSignedIn of [false, true]) {
      await target.refresh();
      const raw = await RawSocket.open(target.port);
      if (isSignedIn) await raw.signIn(target.token);
      raw.send(TEXT, Buffer.alloc(SOCKET_MESSAGE_LIMIT + 1, 0x34));
      expect(await raw.until('never said')).toBe(false);
    }
  });

  it('that announce more than they bring hold no memory', async () => {
    const before = process.memoryUsage().rss;
    const raws = await Promise.all(Array.from({ length: 20 }, () => RawSocket.open(target.port)));
    // A text frame of 2^40 bytes, of which some come.
    const head = Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    for (const raw of raws) raw.sendBytes(Buffer.concat([head, Buffer.alloc(100_000)]));
    for (const raw of raws) expect(await raw.until('never said')).toBe(false);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});
