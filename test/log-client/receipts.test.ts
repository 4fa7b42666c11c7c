import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { RecordRef } from '#liaison/policy';
import {
  type ChannelId,
  ContactPointId,
  decodeUntrustedRoster,
  LiaisonError,
  type Marking,
  type RecordId,
  utf8,
} from '#liaison/protocol';
import { decodeLogEntry, type LogEntry } from '#liaison/tlog';
import { type Actor, type Community, startCommunity } from '#liaison/testing';
import { checkLog } from '../../apps/hub/src/log/fsck.js';
import { policyOf } from '../log-hub/live-log.js';
import { startWitness } from './witnessing.js';

let community: Community;
let channel: ChannelId;
let sofia: Actor;
let budapest: Actor;

beforeAll(async () => {
  community = await startCommunity({ cities: ['sofia', 'budapest', 'skopje'], devices: ['bg:ivanov:desk-1'] });
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

describe('what is done to records', () => {
  const [bg, hu, mk] = ['bg', 'hu', 'mk'].map((id) => ContactPointId.parse(id)) as [
    ContactPointId,
    ContactPointId,
    ContactPointId,
  ];
  const marking: Marking = { classification: 'RESTRICTED', handling: ['H0', 'H2'], caveats: [] };

  /** The entry of a record, proved to the actor against the record's own header. */
  async function actOf(actor: Actor, of: ChannelId, record: RecordId): Promise<LogEntry> {
    for (let round = 1; round <= 20; round += 1) {
      const view = await actor.client.log.prove(of, record).catch((error: unknown) => {
        if (!(error instanceof LiaisonError) || error.code !== 'try-again') throw error;
      });
      if (view?.state === 'proved') return decodeLogEntry(utf8(view.proof.entry));
      await sleep(250);
    }
    throw new Error('No proof came.');
  }

  it('is told apart in the log: each act once, with what it was done to and who got it', async () => {
    const { skopje } = community;
    const actors = [sofia, budapest, skopje];
    const alarms = async () =>
      (await Promise.all(actors.map((actor) => actor.client.alarms()))).map((all) => all.length);
    const before = await alarms();
    const target = await budapest.opensChannelWith([skopje]);
    const [one, two] = [
      await sofia.mustSend(channel, 'Truck', { marking }),
      await sofia.mustSend(channel, 'Driver', { marking }),
    ];
    await budapest.mustRead(channel, 'Driver');
    const refs = [one, two].map(({ id }) => ({ channel, record: id })) as [RecordRef, RecordRef];
    const consent = { act: 'forward', recipients: [mk], words: 'For one case' } as const;
    const asked = await budapest.client.marks.askConsent({ ...refs[0], ...consent });
    await sofia.syncs();
    const given = await sofia.client.marks.answerConsent({ channel, record: asked.id }, 'given', 'Go ahead');
    await sofia.client.marks.giveConsent({ ...refs[1], ...consent, to: [hu] });
    const acknowledged = await budapest.client.acknowledge(channel, one.id, 'acknowledged');
    await budapest.syncs();
    const forwarded = await budapest.client.marks.forward({ from: [refs[0]], to: target });
    const compiled = await budapest.client.marks.forward({
      from: refs,
      to: target,
      body: { v: 1, type: 'content', language: 'en', subject: 'Truck and driver' },
    });
    const revoked = await sofia.client.marks.revokeConsent({ channel, record: given.id }, 'The case is closed');
    const remarked = await sofia.client.marks.remark(refs[0], { ...marking, tlp: 'RED' }, 'An informant');
    const withdrawn = await sofia.client.marks.withdraw(refs[1], 'Wrong person');
    await budapest.syncs();
    await sofia.syncs();

    const terms = { act: 'forward', recipients: [mk], to: [hu] };
    const told: readonly [Actor, ChannelId, RecordId, object][] = [
      [sofia, channel, one.id, { type: 'record.stored' }],
      [sofia, channel, asked.id, { type: 'consent.asked', subject: { about: one.id }, consent: terms }],
      [sofia, channel, given.id, { type: 'consent.given', consent: { ...terms, answers: asked.id } }],
      [budapest, channel, revoked.id, { type: 'consent.revoked', consent: { ...terms, answers: given.id } }],
      [sofia, channel, acknowledged.id, { type: 'record.acknowledged', actor: budapest.device }],
      [budapest, channel, remarked.id, { type: 'record.remarked', subject: { about: one.id } }],
      [budapest, channel, withdrawn.id, { type: 'record.withdrawn', subject: { about: two.id } }],
      [budapest, channel, two.id, { type: 'record.stored' }],
      [skopje, target, forwarded.id, { type: 'record.forwarded', sources: [refs[0]], recipients: [hu, mk] }],
      [skopje, target, compiled.id, { type: 'record.compiled', sources: refs, recipients: [hu, mk] }],
    ];
    await skopje.syncs();
    for (const [reader, of, record, act] of told) expect(await actOf(reader, of, record)).toMatchObject(act);
    const ofTruck = (await budapest.client.log.entries({ record: one.id })).map(({ entry }) =>
      decodeLogEntry(utf8(entry)),
    );
    expect(ofTruck.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['record.forwarded', 'record.compiled', 'consent.asked', 'record.remarked']),
    );
    const attested = (await sofia.client.log.entries({ record: withdrawn.id })).map(({ entry }) =>
      decodeLogEntry(utf8(entry)),
    );
    expect(attested).toContainEqual(expect.objectContaining({ type: 'erasure.attested', actor: budapest.device }));
    expect(await alarms()).toEqual(before);
  });

  it('by two officers names both', async () => {
    const ivanov = community.device('bg:ivanov:desk-1');
    const home = await sofia.opensChannelWith([ivanov], { kind: 'home' });
    const fourEyes = { classification: 'RESTRICTED' } as const;
    const strict = await sofia.opensChannelWith([budapest], { contactPoints: [bg, hu], fourEyes });
    const body = { v: 1, type: 'content', language: 'en', subject: 'By two' } as const;
    const proposal = await sofia.client.marks.propose({ channel: strict, kind: 'alert', marking, body });
    const ref = { channel: home, record: proposal.id };
    await ivanov.syncs();
    const released = await ivanov.client.marks.release(ref);
    await sofia.syncs();
    const { id } = await sofia.client.marks.sendReleased(ref);
    expect(await actOf(sofia, home, released.id)).toMatchObject({
      type: 'record.released',
      actor: ivanov.device,
      subject: { about: proposal.id },
    });
    expect(await actOf(sofia, strict, id)).toMatchObject({ type: 'record.stored', releasedBy: ivanov.device });
    const ofIvanov = (await sofia.client.log.entries({ person: 'bg:ivanov', purpose: 'Who released it?' })).map(
      ({ entry }) => decodeLogEntry(utf8(entry)).subject.record,
    );
    expect(ofIvanov).toContain(id);
  });

  it('is in the database as the headers say it', async () => {
    const pool = new pg.Pool({ connectionString: community.hub.databaseUrl, max: 1 });
    try {
      const { roster } = community.founded;
      const check = await checkLog(pool, policyOf(decodeUntrustedRoster(roster.roster)));
      expect(check.faults).toEqual([]);
      expect(check.events).toBeGreaterThan(15);
    } finally {
      await pool.end();
    }
  });
});
