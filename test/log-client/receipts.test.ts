import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelId, LiaisonError, type RecordId, utf8 } from '#liaison/protocol';
import { decodeLogEntry } from '#liaison/tlog';
import { type Actor, type Community, startCommunity } from '#liaison/testing';
import { startWitness } from './witnessing.js';

let community: Community;
let channel: ChannelId;
let sofia: Actor;
let budapest: Actor;

beforeAll(async () => {
  community = await startCommunity({ cities: ['sofia', 'budapest'] });
  ({ sofia, budapest } = community);
  channel = await sofia.opensChannelWith([budapest]);
});
afterAll(() => community.stop());
beforeEach(() => {
  sofia.hub.tellTruth();
});

/** The hub signs at least once a second. */
async function proved(actor: Actor, record: RecordId) {
  for (let round = 1; round <= 20; round += 1) {
    await actor.syncs();
    const view = await actor.client.log.proofOf(channel, record);
    if (view.state === 'proved') return view;
    await sleep(250);
  }
  throw new Error('No proof came.');
}

const checksOf = async (actor: Actor) => (await actor.client.alarms()).map(({ check }) => check);

describe('a receipt', () => {
  it('becomes a proof of what was sent, with the next sync after a checkpoint', async () => {
    const { id, receipt } = await sofia.mustSend(channel, 'Proved');
    expect((await sofia.client.log.proofOf(channel, id)).state).toBe('awaited');
    const view = await proved(sofia, id);
    expect(view).toMatchObject({ quorum: false, cosignedBy: [] });
    expect(view.proof.index).toBe(receipt?.index);
    expect(decodeLogEntry(utf8(view.proof.entry))).toMatchObject({
      type: 'record.stored',
      actor: sofia.device,
      subject: { channel, record: id, seq: receipt?.seq },
      headerHash: receipt?.headerHash,
    });
    await sofia.mustSeeNoAlarm();
  });

  it('is proved to who received the record, too', async () => {
    const { id } = await sofia.mustSend(channel, 'Proved to both');
    await proved(sofia, id);
    await budapest.mustRead(channel, 'Proved to both');
    expect((await budapest.client.log.proofOf(channel, id)).state).toBe('none');
    expect(await budapest.client.log.prove(channel, id)).toMatchObject({ state: 'proved' });
    expect(await budapest.client.log.proofOf(channel, id)).toMatchObject({ state: 'proved' });
  });

  it('is witnessed, once two of three connectors have cosigned', async () => {
    const { id } = await sofia.mustSend(channel, 'Witnessed');
    expect((await proved(sofia, id)).quorum).toBe(false);
    for (const contactPoint of ['bg', 'hu']) {
      const { rounds } = startWitness(community, contactPoint);
      expect(await rounds.round()).toMatchObject({ outcome: 'cosigned', accepted: true });
    }
    const view = await proved(sofia, id);
    expect(view).toMatchObject({
      quorum: true,
      cosignedBy: ['demo-community/witness/bg', 'demo-community/witness/hu'],
    });
    await sofia.mustSeeNoAlarm();
  });
});

describe('a hub that does not prove what it confirmed', () => {
  it('is noticed after the deadline: CLI-74', async () => {
    const { id } = await sofia.mustSend(channel, 'Never logged');
    sofia.hub.lieAbout('getLogProof', () => {
      throw new LiaisonError('try-again', 'Ask again in a moment.', { check: 'LOG-26' });
    });
    await sofia.syncs();
    expect(await checksOf(sofia)).not.toContain('CLI-74');
    community.clock.advance(6 * 60_000);
    await sofia.syncs();
    await sofia.mustSeeAlarm('CLI-74');
    expect((await sofia.client.log.proofOf(channel, id)).state).toBe('awaited');
  });

  it('is noticed where it proves another act: CLI-73', async () => {
    const { id: other } = await sofia.mustSend(channel, 'Another');
    const { proof } = await proved(sofia, other);
    const { id } = await sofia.mustSend(channel, 'This one');
    sofia.hub.lieAbout('getLogProof', () => proof);
    // The true hub still says when it has a proof to give.
    for (let round = 1; round <= 20 && !(await checksOf(sofia)).includes('CLI-73'); round += 1) {
      await sofia.syncs();
      await sleep(250);
    }
    await sofia.mustSeeAlarm('CLI-73');
    expect(await sofia.client.log.proofOf(channel, id)).toMatchObject({ state: 'awaited', refused: 'CLI-73' });
    sofia.hub.tellTruth();
    await proved(sofia, id);
  });
});

describe('what an officer opened', () => {
  it('is told to the log once, also where it was opened offline and the answer was lost', async () => {
    const { id } = await sofia.mustSend(channel, 'Opened');
    await budapest.mustRead(channel, 'Opened');
    budapest.hub.goAway();
    await budapest.client.log.opened({ channel, record: id, purpose: 'Night shift' });
    expect(await budapest.client.log.openedWaiting()).toBe(1);
    budapest.hub.comeBack();
    budapest.hub.loseAnswersOf('reportOpened');
    await budapest.syncs();
    expect(await budapest.client.log.openedWaiting()).toBe(1);
    budapest.hub.tellTruth();
    await budapest.syncs();
    expect(await budapest.client.log.openedWaiting()).toBe(0);
    const entries = await sofia.client.log.entries({ record: id });
    const openings = entries
      .map(({ entry }) => decodeLogEntry(utf8(entry)))
      .filter(({ type }) => type === 'record.opened');
    expect(openings).toEqual([expect.objectContaining({ actor: budapest.device, purpose: 'Night shift' })]);
  });

  it('of a record that is none is refused, and said: CLI-76', async () => {
    const nowhere = '019aa8b2-7c00-7a4e-9f10-000000000007' as RecordId;
    await budapest.client.log.opened({ channel, record: nowhere });
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-76');
    expect(await budapest.client.log.openedWaiting()).toBe(0);
  });
});
