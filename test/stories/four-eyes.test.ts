import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelId, ContactPointId, type LiaisonError } from '#liaison/protocol';
import { type Actor, type Community, messageBody, startCommunity } from '#liaison/testing';

/** Two officers of Sofia with a home channel of their own; what they send to Budapest from RESTRICTED up takes both. */
let community: Community;
let petrova: Actor;
let ivanov: Actor;
let budapest: Actor;
let home: ChannelId;
let channel: ChannelId;
const hu = ContactPointId.parse('hu');

beforeAll(async () => {
  community = await startCommunity({ devices: ['bg:ivanov:desk-1', 'bg:petrova:phone'] });
  ({ sofia: petrova, budapest } = community);
  ivanov = community.device('bg:ivanov:desk-1');
  home = await petrova.opensChannelWith([ivanov, community.device('bg:petrova:phone')], { kind: 'home' });
});
afterAll(() => community.stop());

beforeEach(async () => {
  channel = await petrova.opensChannelWith([budapest], {
    title: 'Released by two',
    contactPoints: [ContactPointId.parse('hu')],
    fourEyes: { classification: 'RESTRICTED' },
  });
});

async function checkOf(step: Promise<unknown>): Promise<string | undefined> {
  const error = await step.then(
    () => undefined,
    (fault: unknown) => fault as LiaisonError,
  );
  return error?.details.check;
}

const draft = (subject: string) => ({
  channel,
  kind: 'alert' as const,
  marking: { classification: 'RESTRICTED' as const, handling: ['H0' as const], caveats: [] },
  body: messageBody(subject),
});

describe('four eyes', () => {
  it('release what one officer wrote and another has read', async () => {
    expect(await checkOf(petrova.client.send(draft('Alone')))).toBe('POL-11');
    const proposal = await petrova.client.marks.propose(draft('By two'));
    expect(proposal).toMatchObject({ channel: home, state: 'stored' });
    const ref = { channel: home, record: proposal.id };
    expect(await checkOf(petrova.client.marks.release(ref))).toBe('POL-13');
    expect(await checkOf(petrova.client.marks.sendReleased(ref))).toBe('POL-11');

    await ivanov.syncs();
    expect(await ivanov.client.marks.proposed()).toMatchObject([
      { proposedBy: petrova.device, header: { channel, kind: 'alert' }, body: { subject: 'By two' } },
    ]);
    await ivanov.client.marks.release(ref);
    await petrova.syncs();
    expect(await petrova.client.marks.proposed()).toMatchObject([{ releasedBy: ivanov.device }]);
    expect(await petrova.client.marks.sendReleased(ref)).toMatchObject({ state: 'stored' });

    const { header, sender } = await budapest.mustRead(channel, 'By two');
    expect(sender).toBe(petrova.device);
    expect(header.release).toMatchObject({ by: ivanov.device });
    await budapest.mustSeeNoAlarm();
  });

  it('release a translation as well, and its draft goes with what it translates', async () => {
    const unclassified = { marking: { ...draft('').marking, classification: 'UNCLASSIFIED' as const } };
    const { id } = await budapest.mustSend(channel, 'Holnap Kalotina', unclassified);
    await petrova.mustRead(channel, 'Holnap Kalotina');
    const translation = {
      language: 'bg',
      translator: 'А. Б.',
      method: 'human',
      at: new Date(community.clock.now()).toISOString(),
      subject: 'Утре Калотина',
    } as const;
    const proposal = await petrova.client.marks.propose({
      ...draft(''),
      kind: 'message',
      inReplyTo: id,
      body: { v: 1, type: 'translation', translation },
    });
    const ref = { channel: home, record: proposal.id };
    await ivanov.syncs();
    await ivanov.client.marks.release(ref);
    await petrova.syncs();
    expect(await petrova.client.marks.sendReleased(ref)).toMatchObject({ state: 'stored' });
    await budapest.syncs();
    await budapest.mustSeeNoAlarm();
    const translations = async (actor: Actor) =>
      (await actor.client.records(channel)).filter(
        (view) => view.outcome === 'opened' && view.record.body.type === 'translation',
      );
    expect(await translations(budapest)).toMatchObject([{ record: { body: { translation } } }]);
    await budapest.client.marks.withdraw({ channel, record: id }, 'The wrong day');
    await petrova.syncs();
    expect(await translations(petrova)).toEqual([]);
    expect((await petrova.client.marks.proposed()).filter(({ record }) => record === proposal.id)).toEqual([]);
  });

  it('forget what is withdrawn: the draft as well, with colleagues outside the channel', async () => {
    const proposal = await petrova.client.marks.propose(draft('Shown and sent'));
    const ref = { channel: home, record: proposal.id };
    await ivanov.syncs();
    await ivanov.client.marks.release(ref);
    await petrova.syncs();
    const { id } = await petrova.client.marks.sendReleased(ref);
    await petrova.client.marks.withdraw({ channel, record: id }, 'It was the wrong person');
    for (const officer of [petrova, ivanov]) {
      await officer.syncs();
      await officer.mustSeeNoAlarm();
      const kept = (await officer.store.list('')).map(({ value }) => new TextDecoder().decode(value));
      expect(kept.filter((value) => value.includes('Shown and sent'))).toEqual([]);
    }
  });

  it('release a consent with its terms, and are not asked for to take it back', async () => {
    const { id: record } = await petrova.mustSend(channel, 'Open', {
      marking: { classification: 'UNCLASSIFIED', handling: ['H2'], caveats: [] },
    });
    const consent = { state: 'given', act: 'forward', recipients: [hu], to: [hu] } as const;
    const terms = { ...consent, recipients: [...consent.recipients], to: [...consent.to] };
    const given = { ...draft('Go ahead'), kind: 'consent' as const, inReplyTo: record, consent: terms };
    expect(await checkOf(petrova.client.send(given))).toBe('POL-11');
    const proposal = await petrova.client.marks.propose(given);
    const ref = { channel: home, record: proposal.id };
    await ivanov.syncs();
    await ivanov.client.marks.release(ref);
    await petrova.syncs();
    const { id } = await petrova.client.marks.sendReleased(ref);
    const revoked = { ...terms, state: 'revoked' as const, answers: id };
    expect(await petrova.client.send({ ...given, consent: revoked })).toMatchObject({ state: 'stored' });
    await budapest.syncs();
    expect(await budapest.client.marks.consents(channel)).toMatchObject([
      { terms: { state: 'given' }, inForce: false },
      { terms: { state: 'revoked' } },
    ]);
    await budapest.mustSeeNoAlarm();
  });

  it('are two officers, not two devices of one', async () => {
    const proposal = await petrova.client.marks.propose(draft('Twice the same'));
    const phone = community.device('bg:petrova:phone');
    await phone.syncs();
    expect(await checkOf(phone.client.marks.release({ channel: home, record: proposal.id }))).toBe('POL-13');
  });

  it('are not asked for below the mark, nor to acknowledge', async () => {
    const marking = { classification: 'UNCLASSIFIED', handling: [], caveats: [] } as const;
    await petrova.mustSend(channel, 'Office hours', { marking: { ...marking, handling: [], caveats: [] } });
    const { header } = await budapest.mustRead(channel, 'Office hours');
    expect(await budapest.client.acknowledge(channel, header.id, 'read')).toMatchObject({ state: 'stored' });
  });

  it('do not release what was changed afterwards', async () => {
    const proposal = await petrova.client.marks.propose(draft('As it was read'));
    const ref = { channel: home, record: proposal.id };
    await ivanov.syncs();
    await ivanov.client.marks.release(ref);
    await petrova.syncs();
    const [released] = (await petrova.opened(home)).flatMap(({ body, header }) =>
      body.type === 'release' && header.inReplyTo === proposal.id ? [body.release] : [],
    );
    const proposed = (await petrova.client.marks.proposed()).find(({ record }) => record === proposal.id);
    if (released === undefined || proposed === undefined) throw new Error('unreachable');
    const { id } = proposed.header;
    const changed = { ...proposed.body, subject: 'As it was not' };
    expect(await checkOf(petrova.client.send({ ...draft(''), id, release: released, body: changed }))).toBe('POL-14');
    const marking = { ...draft('').marking, handling: ['H1' as const] };
    const remarked = { ...draft(''), id, marking, release: released, body: proposed.body };
    expect(await checkOf(petrova.client.send(remarked))).toBe('POL-12');
  });
});
