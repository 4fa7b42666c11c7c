import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelId, LiaisonError } from '#liaison/protocol';
import { type Actor, type Community, startCommunity } from '#liaison/testing';

const BOTH_ADMINISTER = {
  bg: ['administer', 'post', 'read'],
  hu: ['administer', 'post', 'read'],
} as const;

let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;

beforeAll(async () => {
  community = await startCommunity({
    cities: ['sofia', 'budapest', 'skopje'],
    devices: ['bg:petrova:phone', 'bg:ivanov:desk-1', 'hu:nagy:desk-1', 'mk:one:desk-1', 'mk:two:desk-1'],
  });
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());

const profileOf = async (actor: Actor, channel: ChannelId) => (await actor.client.channel(channel)).profile;

async function logged(type: string, channel: ChannelId) {
  const entries = await community.hub.logEntries();
  return entries.filter((entry) => entry.type === type && entry.subject.channel === channel);
}

describe('the rules of a channel', () => {
  it('change by who administers it, with the reason, and everybody sees who did what and why', async () => {
    const channel = await sofia.opensChannelWith([budapest]);
    await sofia.mustSend(channel, 'Before');
    await sofia.client.life.change(
      channel,
      { reviewDays: 90, fourEyes: { priority: 'flash' } },
      'Directive of the JIT',
    );
    await budapest.syncs();
    const [change] = (await budapest.client.life.changes(channel)).slice(-1);
    expect(change).toMatchObject({ by: sofia.device, purpose: 'Directive of the JIT', added: [], removed: [] });
    expect(change?.rules?.after).toMatchObject({ retention: { reviewDays: 90 }, fourEyes: { priority: 'flash' } });
    expect(await logged('channel.changed', channel)).toMatchObject([
      {
        actor: sofia.device,
        purpose: 'Directive of the JIT',
        details: { reviewDays: 90, fourEyesPriority: 'flash' },
      },
    ]);
    await budapest.mustSeeNoAlarm();
  });

  it('are not changed by others, nor to laxer ones, and the words say so', async () => {
    const channel = await sofia.opensChannelWith([budapest]);
    const { life } = sofia.client;
    await expect(budapest.client.life.close(channel, 'Enough')).rejects.toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('Ask bg'),
      details: { check: 'CLI-34' },
    });
    await expect(life.change(channel, { ceiling: 'SECRET' }, 'Higher')).rejects.toMatchObject({
      details: { check: 'CLI-37' },
    });
    await expect(life.change(channel, { releasableTo: [skopje.contactPoint] }, 'A third')).rejects.toMatchObject({
      message: expect.stringContaining('stays between two'),
    });
    await expect(life.giveRoles(channel, sofia.contactPoint, ['post', 'read'], 'Tired')).rejects.toMatchObject({
      message: expect.stringContaining('Hand it over'),
    });
    expect(await sofia.client.alarms()).toEqual([]);
  });

  it('leave what was read before a ceiling fell as it was, and let nothing above it in', async () => {
    const plan = { kind: 'multilateral', ceiling: 'RESTRICTED' } as const;
    const channel = await sofia.opensChannelWith([budapest], plan);
    await sofia.mustSend(channel, 'Restricted');
    await sofia.client.life.change(channel, { ceiling: 'UNCLASSIFIED' }, 'For the public');
    await budapest.mustRead(channel, 'Restricted');
    await expect(budapest.sends(channel, 'Too high')).rejects.toMatchObject({ details: { check: 'CLI-16' } });
    const marking = { classification: 'UNCLASSIFIED' as const, handling: [], caveats: [] };
    await budapest.mustSend(channel, 'Open', { marking });
  });

  it('may be changed while a contact point that they name is suspended', async () => {
    const channel = await sofia.opensChannelWith([budapest, skopje]);
    await community.revises({ suspend: [skopje.contactPoint] });
    try {
      await sofia.syncs();
      await until(sofia, async () => !(await sofia.memberDevices(channel)).includes(skopje.device));
      await sofia.client.life.change(channel, { reviewDays: 30 }, 'While mk is away');
      await budapest.syncs();
      expect(await profileOf(budapest, channel)).toMatchObject({ retention: { reviewDays: 30 } });
      const { past } = await budapest.client.life.membership(channel);
      expect(past).toMatchObject([{ device: skopje.device, byRule: true, because: expect.any(String) }]);
    } finally {
      await community.revises({ restore: [skopje.contactPoint] });
    }
  });

  it('give and take roles, and hand the administration over in one commit', async () => {
    const channel = await sofia.opensChannelWith([budapest]);
    await sofia.client.life.giveRoles(channel, budapest.contactPoint, ['read'], 'Reads only for now');
    await budapest.syncs();
    await expect(budapest.sends(channel, 'Silenced')).rejects.toMatchObject({ details: { check: 'CLI-18' } });
    const epoch = await sofia.epoch(channel);
    await sofia.client.life.handOver(channel, budapest.contactPoint, 'Led from Budapest');
    await budapest.syncs();
    expect(await sofia.epoch(channel)).toBe(epoch + 1);
    expect((await profileOf(budapest, channel)).roles).toEqual({ bg: ['post', 'read'], hu: ['administer', 'read'] });
    await expect(sofia.client.life.close(channel, 'Mine?')).rejects.toMatchObject({ details: { check: 'CLI-34' } });
    await budapest.client.life.giveRoles(channel, budapest.contactPoint, ['administer', 'post', 'read'], 'Writes too');
    await sofia.syncs();
    await budapest.mustSend(channel, 'From Budapest');
    expect(await logged('channel.roles', channel)).toMatchObject([
      { subject: { contactPoint: 'hu' }, details: { roles: 'read' } },
      { subject: { contactPoint: 'hu' }, actor: budapest.device },
    ]);
    expect(await logged('channel.handed-over', channel)).toMatchObject([
      { subject: { contactPoint: 'hu' }, actor: sofia.device, purpose: 'Led from Budapest' },
    ]);
    await sofia.mustSeeNoAlarm();
  });

  it('are handed over to nobody who is not there', async () => {
    const contactPoints = [budapest.contactPoint, skopje.contactPoint];
    const channel = await sofia.opensChannelWith([budapest], { kind: 'multilateral', contactPoints });
    await expect(sofia.client.life.handOver(channel, skopje.contactPoint, 'Skopje leads')).rejects.toMatchObject({
      details: { check: 'CLI-37' },
    });
  });
});

describe('a closed channel', () => {
  it('takes nothing new; what is in it is read, acknowledged and withdrawn; it is reopened', async () => {
    const channel = await sofia.opensChannelWith([budapest], { roles: BOTH_ADMINISTER });
    const item = await sofia.mustSend(channel, 'Read me');
    await sofia.client.life.close(channel, 'The case is before the court');
    await expect(sofia.sends(channel, 'One more')).rejects.toMatchObject({ details: { check: 'CLI-24' } });
    await budapest.mustRead(channel, 'Read me');
    expect(await budapest.client.acknowledge(channel, item.id, 'acknowledged')).toMatchObject({ state: 'stored' });
    const ref = { channel, record: item.id };
    expect(await sofia.client.marks.withdraw(ref, 'Wrong person')).toMatchObject({ state: 'stored' });
    expect(await logged('channel.closed', channel)).toMatchObject([{ purpose: 'The case is before the court' }]);
    await budapest.client.life.reopen(channel, 'New evidence');
    await sofia.syncs();
    await sofia.mustSend(channel, 'Open again');
    expect(await logged('channel.reopened', channel)).toMatchObject([{ actor: budapest.device }]);
    for (const each of [sofia, budapest]) await each.mustSeeNoAlarm();
  });

  it('leaves what waited elsewhere in its outbox, with the reason, to be sent later', async () => {
    const channel = await sofia.opensChannelWith([budapest]);
    budapest.hub.goAway();
    expect(await budapest.sends(channel, 'On its way')).toMatchObject({ state: 'sending' });
    await sofia.client.life.close(channel, 'Done');
    budapest.hub.comeBack();
    await budapest.syncs();
    const [item] = (await budapest.client.outbox()).slice(-1);
    expect(item).toMatchObject({ state: 'failed', problem: { check: 'CLI-24' }, kept: true, subject: 'On its way' });
    await sofia.client.life.reopen(channel, 'Not yet');
    await budapest.syncs();
    expect(await budapest.client.life.sendKept(item!.id)).toMatchObject({ state: 'stored' });
    await expect(budapest.client.life.dropKept(item!.id)).rejects.toMatchObject({ code: 'not-found' });
    await sofia.mustRead(channel, 'On its way');
  });

  it('is archived on one device alone, and only once it is closed', async () => {
    const channel = await sofia.opensChannelWith([budapest]);
    await expect(sofia.client.life.archive(channel)).rejects.toMatchObject({ code: 'not-allowed' });
    await sofia.client.life.close(channel, 'Done');
    expect((await sofia.client.life.archive(channel)).archived).toBeDefined();
    await budapest.syncs();
    expect((await budapest.client.channel(channel)).archived).toBeUndefined();
    expect((await sofia.client.life.unarchive(channel)).archived).toBeUndefined();
  });
});

describe('an exercise', () => {
  it('never mixes with what is real, and is one for ever', async () => {
    const drill = await sofia.opensChannelWith([budapest], { exercise: true });
    const real = await sofia.opensChannelWith([budapest]);
    const practised = await sofia.mustSend(drill, 'Drill');
    const meant = await sofia.mustSend(real, 'Real');
    expect((await budapest.mustRead(drill, 'Drill')).header).toMatchObject({ exercise: true });
    expect((await budapest.mustRead(real, 'Real')).header).not.toHaveProperty('exercise');
    const { marks } = sofia.client;
    const mixed = [
      { from: [{ channel: drill, record: practised.id }] as const, to: real },
      { from: [{ channel: real, record: meant.id }] as const, to: drill },
    ];
    for (const request of mixed) {
      expect(await marks.mayForward(request)).toMatchObject({ allowed: false, reasons: [{ code: 'exercise-mixed' }] });
      await expect(sofia.sends(request.to, 'Passed on', { derivedFrom: [...request.from] })).rejects.toMatchObject({
        details: { check: 'CLI-25' },
      });
    }
  });
});

describe('who is in a channel', () => {
  it('is told with since when, by whom and why, and so is who was put out', async () => {
    const nagy = community.device('hu:nagy:desk-1');
    const channel = await sofia.opensChannelWith([budapest], { contactPoints: [budapest.contactPoint] });
    await nagy.syncs();
    await sofia.client.addMembers(channel, [nagy.device], 'Takes over the night');
    await nagy.syncs();
    await sofia.client.removeMembers(channel, [nagy.device], 'Night is over');
    await budapest.syncs();
    const { members, past } = await budapest.client.life.membership(channel);
    expect(members).toMatchObject([
      { device: sofia.device, officer: 'petrova', compromised: false },
      { device: budapest.device, since: { by: sofia.device } },
    ]);
    expect(past).toMatchObject([{ device: nagy.device, by: sofia.device, purpose: 'Night is over', byRule: false }]);
    const added = (await budapest.client.life.changes(channel)).find((change) => change.added.includes(nagy.device));
    expect(added).toMatchObject({ purpose: 'Takes over the night', by: sofia.device });
    expect((await sofia.client.life.membership(channel)).members[0]).toMatchObject({ since: { seq: 0 } });
  });
});

describe('a device that leaves of its own accord', () => {
  it('gets nothing more, keeps what it read, and all see that it left, when and why', async () => {
    const nagy = community.device('hu:nagy:desk-1');
    const channel = await sofia.opensChannelWith([budapest, nagy]);
    const read = await sofia.mustSend(channel, 'For three');
    await nagy.mustRead(channel, 'For three');
    nagy.hub.goAway();
    const unsent = await nagy.sends(channel, 'Never sent');
    nagy.hub.comeBack();
    await nagy.client.life.leave(channel, 'My part is over');
    const failed = { id: unsent.id, state: 'failed' };
    expect(await nagy.client.outbox()).toContainEqual(expect.objectContaining(failed));
    const left = { at: expect.any(String), reason: 'My part is over' };
    expect(await nagy.client.channel(channel)).toMatchObject({ membership: 'removed', left });
    // It is away from now on: whoever is online carries it out.
    nagy.hub.goAway();
    await budapest.syncs();
    await sofia.mustSend(channel, 'For two');
    await budapest.mustRead(channel, 'For two');
    for (const each of [sofia, budapest]) {
      const { members, past } = await each.client.life.membership(channel);
      expect(members.map(({ device }) => device)).toEqual([sofia.device, budapest.device]);
      expect(past).toMatchObject([{ device: nagy.device, byRule: false, left: { reason: 'My part is over' } }]);
      await each.mustSeeNoAlarm();
    }
    const log = await logged('channel.left', channel);
    expect(log).toMatchObject([{ actor: nagy.device, subject: { device: nagy.device }, purpose: 'My part is over' }]);
    const carriedOut = (await logged('commit.ordered', channel)).filter(
      ({ details }) => details?.['change'] === 'removed',
    );
    expect(carriedOut).toMatchObject([{ actor: budapest.device, subject: { device: nagy.device } }]);
    nagy.hub.comeBack();
    await nagy.syncs();
    await nagy.client.life.leave(channel);
    expect(await logged('channel.left', channel)).toHaveLength(1);
    expect(await nagy.client.read(channel, read.id)).toMatchObject({ outcome: 'opened' });
    expect(await nagy.client.records(channel)).toHaveLength(1);
    await expect(nagy.sends(channel, 'Still here?')).rejects.toMatchObject({ code: 'not-allowed' });
    await nagy.mustSeeNoAlarm();
  });

  it('is proposed again where a commit came between, and comes back by invitation only', async () => {
    const nagy = community.device('hu:nagy:desk-1');
    const channel = await sofia.opensChannelWith([budapest, nagy]);
    const epoch = await sofia.epoch(channel);
    const { seq } = await sofia.client.channel(channel);
    await nagy.client.life.leave(channel);
    // Sofia has not heard of it when it changes the rules: nobody is put out by that.
    sofia.hub.lieAbout('listEvents', () => ({ events: [], lastSeq: seq }));
    sofia.hub.twist('submitCommit', (request) => {
      sofia.hub.tellTruth();
      return request;
    });
    await sofia.client.life.change(channel, { reviewDays: 30 }, 'Meanwhile');
    await until(budapest, async () => !(await budapest.memberDevices(channel)).includes(nagy.device));
    expect(await budapest.epoch(channel)).toBeGreaterThan(epoch);
    await sofia.syncs();
    await sofia.client.addMembers(channel, [nagy.device], 'Needed again');
    await nagy.syncs();
    expect(await nagy.client.channel(channel)).toMatchObject({ membership: 'member' });
    expect((await nagy.client.channel(channel)).left).toBeUndefined();
    await sofia.mustSend(channel, 'Welcome back');
    await nagy.mustRead(channel, 'Welcome back');
  });

  it('is finished after the answer was lost, and is refused to the last who administers', async () => {
    const nagy = community.device('hu:nagy:desk-1');
    const channel = await sofia.opensChannelWith([budapest, nagy]);
    await expect(sofia.client.life.leave(channel)).rejects.toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('Hand it over'),
      details: { check: 'CLI-37' },
    });
    nagy.hub.twist('leaveChannel', () => {
      throw new LiaisonError('unavailable', 'The hub cannot be reached.');
    });
    await expect(nagy.client.life.leave(channel, 'Gone')).rejects.toMatchObject({ code: 'unavailable' });
    // With other keys in its leaf, what it has signed would fit that leaf no more.
    const isLeaving = { code: 'not-allowed', message: expect.stringContaining('is leaving') };
    await expect(nagy.client.updateKeys(channel)).rejects.toMatchObject(isLeaving);
    nagy.hub.tellTruth();
    nagy.hub.loseAnswersOf('leaveChannel');
    await expect(nagy.client.life.leave(channel, 'Gone')).rejects.toMatchObject({ code: 'unavailable' });
    nagy.hub.tellTruth();
    await nagy.syncs();
    expect(await nagy.client.channel(channel)).toMatchObject({ left: { reason: 'Gone' } });
    await sofia.syncs();
    await sofia.client.life.handOver(channel, budapest.contactPoint, 'Led from Budapest');
    await budapest.syncs();
    await sofia.client.life.leave(channel);
    expect(await sofia.client.channel(channel)).toMatchObject({ membership: 'removed' });
    for (const each of [sofia, nagy]) await each.mustSeeNoAlarm();
  });
});

describe('a removal that the hub proposes to many who are online', () => {
  const names = ['bg:ivanov:desk-1', 'mk:one:desk-1', 'mk:two:desk-1'] as const;

  it('is committed once by the first in order, and by others where the first ones are away', async () => {
    const others = [budapest, skopje, ...names.map((name) => community.device(name))];
    const gone = community.device('bg:petrova:phone');
    const channel = await sofia.opensChannelWith([...others, gone]);
    const online = [sofia, ...others];
    const epoch = await sofia.epoch(channel);
    for (const each of online) {
      await each.syncs();
      await each.client.connect();
      // Whoever waits for its turn hears before it has come that the first has done it.
      each.waitsUntil = (milliseconds) =>
        milliseconds === TURN_MS
          ? until(each, async () => (await each.epoch(channel)) > epoch, 'listening')
          : undefined;
    }
    const before = commitsOf(online);
    await community.revoke(gone);
    for (const each of online) await until(each, async () => (await each.epoch(channel)) === epoch + 1, 'listening');
    expect(commitsOf(online) - before).toBe(1);

    // Who administers is away, and so is the next: the others do not wait for ever.
    const second = community.device('bg:ivanov:desk-1');
    for (const each of [sofia, budapest, second]) each.client.disconnect();
    for (const each of online) each.waitsUntil = () => undefined;
    await community.revoke(second);
    const listening = [skopje, community.device('mk:one:desk-1'), community.device('mk:two:desk-1')];
    for (const each of listening) await until(each, async () => (await each.epoch(channel)) > epoch + 1, 'listening');
    expect(await skopje.memberDevices(channel)).not.toContain(second.device);
    for (const each of online) each.client.disconnect();
  });
});

/** As the product waits for those whose turn is before. */
const TURN_MS = 2000;

function commitsOf(actors: readonly Actor[]): number {
  return actors.reduce((sum, { hub }) => sum + hub.callsOf('submitCommit').length, 0);
}

/** @param how `listening`: nothing is asked of the hub. */
async function until(
  actor: Actor,
  isSo: () => Promise<boolean>,
  how: 'syncing' | 'listening' = 'syncing',
): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (how === 'syncing') await actor.syncs();
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${actor.device} waited in vain.`);
}
