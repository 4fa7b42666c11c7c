import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENT_EVENTS, type ChannelId, ErrorAnswer } from '#liaison/protocol';
import { Connected, type Member } from '../hub/member.js';
import { type Caller, callersOf } from './callers.js';
import { ABSENT_CHANNEL, pretendedGroup, startWorld, type World } from './world.js';

type ClientEvent = keyof typeof CLIENT_EVENTS;
type Authenticated = Exclude<Caller, { kind: 'unauthenticated' }>;

let world: World;
let callers: readonly Caller[];
beforeAll(async () => {
  world = await startWorld();
  callers = callersOf(world);
});
afterAll(() => world.stop());

/** A payload for each client event that succeeds where the caller is a member. */
const PAYLOADS: Readonly<Record<ClientEvent, (caller: Member, channel: ChannelId) => Promise<unknown>>> = {
  submit: async (caller, channel) => {
    if (caller !== world.owner || channel !== world.channel) await pretendedGroup(caller, channel);
    const { header, body, mls, signature } = await caller.seal(channel);
    return { header, body, mls, signature };
  },
  cursor: (_caller, channel) => Promise.resolve({ channel, seq: 1 }),
};
const OPEN_TO_REMOVED: readonly ClientEvent[] = ['cursor'];
const NAMES = Object.keys(CLIENT_EVENTS) as ClientEvent[];

function authenticated(): readonly Authenticated[] {
  return callers.filter((caller) => caller.kind !== 'unauthenticated');
}

async function sends({ member }: Authenticated, name: ClientEvent, channel: ChannelId): Promise<unknown> {
  const connected = await member.connect();
  try {
    const payload = await PAYLOADS[name](member, channel);
    return await connected.socket.timeout(10_000).emitWithAck(name, payload);
  } finally {
    connected.close();
  }
}

describe('a handshake', () => {
  it('is refused to everybody who is not authenticated, with the check that a request meets', async () => {
    for (const caller of callers) {
      if (caller.kind !== 'unauthenticated') continue;
      world.clock.advance(1000);
      const refusal = await Connected.open(world.hub.url, caller.token).then(
        () => `${caller.name} was let in`,
        (error: unknown) => ErrorAnswer.parse((error as { data: unknown }).data).error,
      );
      expect({ caller: caller.name, refusal }).toMatchObject({
        caller: caller.name,
        refusal: { code: 'unauthenticated', check: caller.socketCheck },
      });
    }
  });

  it('tells each device of its own channels alone', async () => {
    for (const caller of authenticated()) {
      const connected = await caller.member.connect();
      connected.close();
      const told = connected.hello.channels.filter(({ id }) => id === world.channel);
      if (caller.kind === 'outsider') expect(connected.hello.channels).toEqual([]);
      else if (caller.kind === 'removed') expect(told).toMatchObject([{ until: world.until, lastSeq: world.until }]);
      else expect(told).toMatchObject([{ from: 0 }]);
    }
  });
});

describe('the matrix of client events and callers', () => {
  it('has a payload for every event, all of which are for devices', () => {
    expect(Object.keys(PAYLOADS).sort()).toEqual([...NAMES].sort());
    expect(NAMES.map((name) => CLIENT_EVENTS[name].auth)).toEqual(NAMES.map(() => 'device'));
  });

  it.each(NAMES)('%s answers each caller as it may expect', async (name) => {
    for (const caller of authenticated()) {
      const answer = await sends(caller, name, world.channel);
      const isOpen = caller.kind === 'member' || (caller.kind === 'removed' && OPEN_TO_REMOVED.includes(name));
      if (isOpen) {
        expect({ caller: caller.name, answer }).toEqual({
          caller: caller.name,
          answer: expect.not.objectContaining({ error: expect.anything() }),
        });
        continue;
      }
      expect({ caller: caller.name, answer }).toMatchObject({
        answer: { error: { code: 'not-found', check: 'CHN-10' } },
      });
      expect(answer).toEqual(await sends(caller, name, ABSENT_CHANNEL));
    }
  });

  it('pushes nothing of the channel to those who are no members', async () => {
    const listeners = await Promise.all(
      authenticated()
        .filter(({ kind }) => kind !== 'member')
        .map(({ member }) => member.connect()),
    );
    const invited = await world.invited.connect();
    await world.owner.post(world.channel);
    await invited.mustHaveEvents(1);
    for (const listener of listeners) expect(listener.events).toEqual([]);
    for (const connected of [...listeners, invited]) connected.close();
  });
});
