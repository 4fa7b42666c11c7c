import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { auditLog, httpTransport } from '#liaison/client';
import type { ChannelId } from '#liaison/protocol';
import { type Actor, type Community, LyingHub, startCommunity } from '#liaison/testing';
import { ForgedLog } from '../log-client/forged-log.js';
import { startWitness } from '../log-client/witnessing.js';

let community: Community;
let channel: ChannelId;
let sofia: Actor;
let budapest: Actor;
let forged: ForgedLog;

beforeAll(async () => {
  community = await startCommunity({ cities: ['sofia', 'budapest'] });
  ({ sofia, budapest } = community);
  channel = await sofia.opensChannelWith([budapest]);
  const { id } = await sofia.mustSend(channel, 'Before there are two');
  await sofia.mustProve(channel, id);
});
afterAll(() => community.stop());

/** Both have seen the true log; the hub has a second one, signed with its own key, that begins alike. */
beforeEach(async () => {
  for (const actor of [sofia, budapest]) {
    actor.hub.tellTruth();
    await actor.client.log.advance();
  }
  forged = await ForgedLog.copyOf(httpTransport({ hubUrl: community.hub.url }), community.hub.logKey);
});

const checksOf = async (actor: Actor) => (await actor.client.alarms()).map(({ check }) => check);

describe('a hub that keeps two logs', () => {
  it('is caught by the client that it shows the second one to, and the other one sees nothing', async () => {
    forged.rewritten(3).grownBy(20).showTo(budapest.hub);
    await sofia.mustSend(channel, 'In the first log');
    await sofia.syncs();
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-72');
    expect(await checksOf(sofia)).toEqual([]);
    expect(await budapest.store.list('log/evidence/')).toHaveLength(1);
    // Records are still read: who has to know of the alarm is told, and police work goes on.
    await budapest.mustRead(channel, 'In the first log');
  });

  it('is caught where it takes entries back', async () => {
    const held = await budapest.client.log.held();
    forged.cutTo((held?.size ?? 0) - 2).showTo(budapest.hub);
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-71');
  });

  it('cannot show the second one to a new device as witnessed: the witnesses have seen the first', async () => {
    const second = forged.rewritten(3);
    const lies = new LyingHub(httpTransport({ hubUrl: community.hub.url }));
    const witness = startWitness(community, 'iq', lies);
    expect(await witness.rounds.round()).toMatchObject({ outcome: 'cosigned' });
    lies.lieAbout('getWitnessRequest', () => `old ${forged.size}\n\n${second.checkpoint()}`);
    const held = Object.values(witness.state)[0];
    const round = await witness.rounds.round();
    expect(round).toMatchObject({ outcome: 'refused' });
    expect(Object.values(witness.state)[0]).toEqual(held);
    const report = await auditLog({
      note: second.checkpoint(),
      reader: { read: (path) => Promise.resolve(second.tile(path)) },
      policy: await sofia.client.log.policy(1),
      at: community.clock.now(),
    });
    expect(report.verdicts).toContainEqual(expect.objectContaining({ question: 'witnesses', check: 'LOG-06' }));
  });

  it('convicts itself before a witness whom it shows two trees of one size', async () => {
    const lies = new LyingHub(httpTransport({ hubUrl: community.hub.url }));
    const witness = startWitness(community, 'hu', lies);
    lies.lieAbout('getWitnessRequest', () => `old 0\n\n${forged.checkpoint()}`);
    await witness.rounds.round();
    lies.lieAbout('getWitnessRequest', () => `old ${forged.size}\n\n${forged.rewritten(1).checkpoint()}`);
    expect(await witness.rounds.round()).toMatchObject({ outcome: 'refused', status: 409, alarm: true });
    expect(witness.evidence).toEqual([expect.objectContaining({ held: forged.checkpoint() })]);
  });
});
