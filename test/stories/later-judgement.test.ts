import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelId, ContactPointId, LiaisonError, type Marking, type RecordId } from '#liaison/protocol';
import { type Actor, type Community, recordEvent, Renegade, rewriteHistory, startCommunity } from '#liaison/testing';

/** Sofia writes to Budapest and Skopje; Budapest passes on to Skopje and Baghdad, which reads what Sofia says of it as well, later. */
let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;
let source: ChannelId;
let target: ChannelId;

const [hu, iq] = ['hu', 'iq'].map((id) => ContactPointId.parse(id)) as [ContactPointId, ContactPointId];
const MARKING: Marking = { classification: 'RESTRICTED', handling: ['H0', 'H2'], caveats: [] };
const HOUR = 3_600_000;

beforeAll(async () => {
  community = await startCommunity();
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());

beforeEach(async () => {
  skopje.hub.tellTruth();
  source = await sofia.opensChannelWith([budapest, skopje]);
  target = await budapest.opensChannelWith([skopje, community.baghdad]);
});

async function forwardedWithConsent(): Promise<{ readonly record: RecordId; readonly consent: RecordId }> {
  const { id } = await sofia.mustSend(source, 'Truck', { marking: MARKING });
  for (const actor of [budapest, skopje]) await actor.mustRead(source, 'Truck');
  const given = await sofia.client.marks.giveConsent({
    channel: source,
    record: id,
    act: 'forward',
    recipients: [iq],
    to: [hu],
    words: 'For an hour',
    expiresAt: new Date(community.clock.now() + HOUR).toISOString(),
  });
  expect(given).toMatchObject({ state: 'stored' });
  await budapest.syncs();
  await budapest.client.marks.forward({ from: [{ channel: source, record: id }], to: target });
  community.clock.advance(1000);
  return { record: id, consent: given.id };
}

describe('a lawful forward that is read later', () => {
  it('stays lawful when its consent has expired and was revoked since', async () => {
    const { consent } = await forwardedWithConsent();
    await sofia.client.marks.revokeConsent({ channel: source, record: consent }, 'No longer');
    community.clock.advance(HOUR);
    await skopje.mustRead(target, 'Truck');
    await skopje.mustSeeNoAlarm();
  });

  it('stays lawful when its source was marked more strictly or withdrawn since', async () => {
    const { record } = await forwardedWithConsent();
    const ref = { channel: source, record };
    await sofia.client.marks.remark(ref, { ...MARKING, tlp: 'RED' }, 'An informant');
    await sofia.client.marks.withdraw(ref, 'Wrong person');
    await skopje.mustRead(target, 'Truck');
    await skopje.mustSeeNoAlarm();
  });
});

describe('a forward that its readers find unlawful later', () => {
  it('is shown as failed with an alarm, wherever the hub says that channels end; its content is kept, for the fault may be the hub’s (POL-04)', async () => {
    const { id } = await sofia.mustSend(source, 'Held back', { marking: MARKING });
    for (const actor of [budapest, skopje]) await actor.mustRead(source, 'Held back');
    const derivedFrom = [{ channel: source, record: id }];
    const renegade = await Renegade.from(budapest, target);
    const envelope = await renegade.forge({ header: { marking: MARKING, derivedFrom } });
    await rewriteHistory(skopje, target, (events) => [...events, recordEvent(target, envelope)]);
    // What the hub does not list is asked for channel by channel.
    skopje.hub.lieAbout('listChannels', () => {
      throw new LiaisonError('not-allowed', 'Nobody is told where channels end.');
    });
    await skopje.syncs();
    expect(await skopje.subjects(target)).toEqual([]);
    const [failure] = await skopje.failures(target);
    expect(failure).toMatchObject({ card: { check: 'POL-04' }, disputed: { body: { subject: 'Forged' } } });
    expect((await skopje.client.alarms(target)).map(({ check }) => check)).toEqual(['POL-04']);
  });
});
