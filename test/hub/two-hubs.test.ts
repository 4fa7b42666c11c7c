import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemRandom } from '#liaison/crypto.node';
import {
  HubCommunity,
  MovableClock,
  mustCallHub,
  startHub,
  startTestPostgres,
  type TestHub,
  type TestPostgres,
} from '#liaison/testing';
import { Connected, Member } from './member.js';

/** Two hub processes on one database: neither hears what the other has ordered. */
const clock = new MovableClock();
let database: TestPostgres;
let first: TestHub;
let second: TestHub;
let community: HubCommunity;
let [sofia, plovdiv, budapest]: Member[] = [];
beforeAll(async () => {
  database = await startTestPostgres();
  const keys = { tokenKey: systemRandom.bytes(32), externalSenderKey: systemRandom.bytes(32) };
  first = await startHub({ clock, database, configuration: keys });
  community = new HubCommunity(first.url, { clock, random: systemRandom });
  await community.found();
  second = await startHub({ clock, database, configuration: { ...keys, origin: first.configuration.origin } });
  const devices = ['bg:petrova:desk-1', 'bg:ivanov:desk-1', 'hu:nagy:desk-1'];
  [sofia, plovdiv, budapest] = await Promise.all(devices.map((device) => Member.join(first, community, device)));
});
afterAll(async () => {
  await first.stop();
  await second.stop();
  await database.stop();
});

describe('a device that another hub process removes', () => {
  it('is pushed nothing of a later epoch, and is told where it stands', async () => {
    const channel = await sofia!.create();
    await sofia!.add(channel, plovdiv!, budapest!);
    const [removed, stays] = [
      await Connected.open(second.url, budapest!.token),
      await Connected.open(second.url, plovdiv!.token),
    ];
    // What it was told first.
    removed.told.length = 0;
    await sofia!.remove(channel, budapest!);
    const sender = await Connected.open(second.url, sofia!.token);
    expect(await sender.submit(await sofia!.seal(channel))).toMatchObject({ seq: 3 });
    await stays.mustHaveEvents(1);
    expect(await removed.mustTell('hello')).toMatchObject({ channels: [{ id: channel, until: 2 }] });
    expect(removed.events).toEqual([]);
    for (const connected of [removed, stays, sender]) connected.close();
  });
});

describe('two that administer a channel, and leave it by two hub processes at once', () => {
  it('do not both count on the other: one stays', async () => {
    const channel = await sofia!.create();
    await sofia!.add(channel, plovdiv!, budapest!);
    const leave = (hub: TestHub, member: Member) =>
      mustCallHub(hub.url, 'leaveChannel', {
        token: member.token,
        params: { channel },
        body: member.leaving(channel),
      });
    const answers = await Promise.all([leave(first, sofia!), leave(second, plovdiv!)]);
    expect(answers).toContainEqual({ refused: 'CHN-16' });
    expect(answers).toContainEqual({ channel, seq: 2 });
  });
});

describe('a session that another hub process ends', () => {
  it('is over here too, however long this one has not looked', async () => {
    const { token } = await community.signIn(community.enrol('bg:petrova:desk-2'));
    const connected = await Connected.open(second.url, token);
    await mustCallHub(first.url, 'endSession', { token });
    clock.advance(5 * 60_000);
    expect(await connected.mustTell('closing')).toEqual({ reason: 'session-ended' });
    connected.close();
  });
});
