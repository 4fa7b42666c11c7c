import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ErrorAnswer, type EventPage, ROUTES, type RouteContract, type RouteName } from '#liaison/protocol';
import type { HubAnswer, HubCall } from '#liaison/testing';
import { type Caller, callersOf } from './callers.js';
import { type Probe, PROBES } from './probes.js';
import { ABSENT_CHANNEL, ABSENT_RECORD, call, startWorld, type World } from './world.js';

let world: World;
let callers: readonly Caller[];
beforeAll(async () => {
  world = await startWorld();
  callers = callersOf(world);
});
afterAll(() => world.stop());

const NAMES = Object.keys(ROUTES) as RouteName[];

async function asks(caller: Caller, name: RouteName, channel = world.channel): Promise<HubAnswer> {
  // Rates are another test's subject.
  world.clock.advance(500);
  const actor = caller.kind === 'unauthenticated' ? world.stranger : caller.member;
  const parts = await PROBES[name].call(world, actor, channel);
  return call(world, name, { ...parts, ...(await credentialsOf(caller, PROBES[name])) });
}

async function credentialsOf(caller: Caller, { endsSession }: Probe): Promise<HubCall> {
  if (caller.kind === 'unauthenticated')
    return caller.authorization === undefined ? {} : { headers: { authorization: caller.authorization } };
  if (endsSession !== true) return { token: caller.member.token };
  return { token: (await world.community.signIn(caller.member.device)).token };
}

function refused({ status, body }: HubAnswer) {
  const { error } = ErrorAnswer.parse(body);
  return { status, code: error.code, check: error.check };
}

/** All that a caller can see but the time and the request's id. */
function visible({ status, headers, body }: HubAnswer) {
  const rest = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
  const { error } = ErrorAnswer.parse(body);
  const { requestId, ...said } = error;
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  return { status, headers: rest, said };
}

type Expected = 'answered' | 'unauthenticated' | 'as-absent';

/** What the route table says of a caller. */
function expected({ auth }: RouteContract, { about, openToRemoved }: Probe, { kind }: Caller): Expected {
  if (auth !== 'device') return 'answered';
  if (kind === 'unauthenticated') return 'unauthenticated';
  if (about !== 'channel' || kind === 'member') return 'answered';
  return kind === 'removed' && openToRemoved === true ? 'answered' : 'as-absent';
}

async function mustBe(wanted: Expected, caller: Caller, name: RouteName): Promise<void> {
  const answer = await asks(caller, name);
  if (wanted === 'answered') {
    expect(answer).toMatchObject({ status: 200 });
  } else if (wanted === 'unauthenticated') {
    const check = caller.kind === 'unauthenticated' ? caller.check : undefined;
    expect(refused(answer)).toEqual({ status: 401, code: 'unauthenticated', check });
  } else {
    expect(refused(answer)).toMatchObject({ status: 404, code: 'not-found' });
    expect(visible(answer)).toEqual(visible(await asks(caller, name, ABSENT_CHANNEL)));
  }
}

describe('the matrix of routes and callers', () => {
  it('has a probe for every route, and routes of all three auth modes', () => {
    expect(Object.keys(PROBES).sort()).toEqual([...NAMES].sort());
    expect(new Set(NAMES.map((name) => ROUTES[name].auth))).toEqual(new Set(['public', 'device', 'self-verifying']));
  });

  it('takes every route that names a channel for one that is about a channel', () => {
    const named = NAMES.filter((name) => ROUTES[name].path.includes('/:channel'));
    expect(NAMES.filter((name) => PROBES[name].about === 'channel').sort()).toEqual([...named].sort());
  });

  it.each(NAMES)('%s answers each caller as the table says', async (name) => {
    for (const caller of callers) {
      const wanted = expected(ROUTES[name], PROBES[name], caller);
      // All callers share an address, and one a second is what this rate allows for long.
      if (ROUTES[name].rate === 'enrol') world.clock.advance(1000);
      await mustBe(wanted, caller, name).catch((fault: unknown) => {
        throw new Error(`${name} by ${caller.name} should be ${wanted}: ${String(fault)}`, { cause: fault });
      });
    }
  });
});

describe('what a caller may not see', () => {
  it('of a channel that it was removed from, is everything after its removal', async () => {
    const { removed, channel, until, late } = world;
    const { events, lastSeq } = (await removed.must('listEvents', { params: { channel } })) as EventPage;
    expect([lastSeq, events.at(-1)?.seq]).toEqual([until, until]);
    const after = await removed.call('getRecord', { params: { channel, record: late } });
    const absent = await removed.call('getRecord', { params: { channel, record: ABSENT_RECORD } });
    expect(visible(after)).toEqual(visible(absent));
    const beyond = await removed.call('putCursor', { params: { channel }, body: { seq: until + 1 } });
    const never = await removed.call('putCursor', { params: { channel }, body: { seq: 1_000_000 } });
    expect(visible(beyond)).toEqual(visible(never));
    expect(beyond).toMatchObject({ status: 422, body: { error: { check: 'CUR-01' } } });
  });

  it('of a channel that it joined late, is everything before', async () => {
    const { invited, channel, early } = world;
    const before = await invited.call('getRecord', { params: { channel, record: early } });
    const absent = await invited.call('getRecord', { params: { channel, record: ABSENT_RECORD } });
    expect(visible(before)).toEqual(visible(absent));
  });

  it('is a Welcome of another device, which it cannot end either', async () => {
    const { invited, stranger, welcome } = world;
    const foreign = await stranger.call('endWelcome', { params: { welcome } });
    const absent = await stranger.call('endWelcome', { params: { welcome: ABSENT_RECORD } });
    expect([foreign.status, foreign.body]).toEqual([absent.status, absent.body]);
    expect((await invited.waitingWelcomes()).map(({ id }) => id)).toContain(welcome);
  });

  it('is whether a device that may not act exists', async () => {
    const { stranger, revokedDevice } = world;
    const devices = [revokedDevice.address, 'bg:nobody:desk-1'];
    expect(await stranger.must('claimKeyPackages', { body: { devices } })).toEqual({
      claimed: devices.map((device) => ({ device })),
    });
  });
});
