import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reasonsOf, type Decision } from '#liaison/policy';
import {
  type ChannelId,
  ContactPointId,
  LiaisonError,
  type Marking,
  type RecordBody,
  type RecordId,
} from '#liaison/protocol';
import { type Actor, type Community, startCommunity } from '#liaison/testing';

/** Sofia and Budapest share one channel, Budapest and Skopje another: what Sofia writes in the first may go on to the second, or not. */
let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;
let first: ChannelId;
let second: ChannelId;

const [bg, hu, mk] = ['bg', 'hu', 'mk'].map((id) => ContactPointId.parse(id)) as [
  ContactPointId,
  ContactPointId,
  ContactPointId,
];

beforeAll(async () => {
  community = await startCommunity();
  ({ sofia, budapest, skopje } = community);
  first = await sofia.opensChannelWith([budapest]);
  second = await budapest.opensChannelWith([skopje]);
});
afterAll(() => community.stop());

function marked(change: Partial<Marking>): { marking: Marking } {
  return { marking: { classification: 'RESTRICTED', handling: ['H0'], caveats: [], ...change } };
}

async function sofiaSends(
  subject: string,
  change: Partial<Marking>,
): Promise<{ channel: ChannelId; record: RecordId }> {
  const { id } = await sofia.mustSend(first, subject, { kind: 'alert', ...marked(change) });
  await budapest.mustRead(first, subject);
  return { channel: first, record: id };
}

function codes(decision: Decision): string[] {
  return reasonsOf(decision).map(({ code }) => code);
}

async function checkOf(step: Promise<unknown>): Promise<string | undefined> {
  const error = await step.then(
    () => undefined,
    (fault: unknown) => fault as LiaisonError,
  );
  return error?.details.check;
}

async function nobodyIsAlarmed(): Promise<void> {
  for (const actor of [sofia, budapest, skopje]) {
    await actor.syncs();
    await actor.mustSeeNoAlarm();
  }
}

describe('an originator’s consent', () => {
  it('lets H2 go on, to whom it names and as long as it holds', async () => {
    const ref = await sofiaSends('Truck in 48 hours', { handling: ['H0', 'H2'] });
    const request = { from: [ref], to: second } as const;
    expect(codes(await budapest.client.marks.mayForward(request))).toEqual(['outside-releasability', 'handling-h2']);
    expect(await checkOf(budapest.client.marks.forward(request))).toBe('POL-04');

    await budapest.client.marks.askConsent({ ...ref, act: 'forward', recipients: [mk], words: 'Skopje has the route' });
    await sofia.syncs();
    const [ask] = await sofia.client.marks.consents(first);
    expect(ask).toMatchObject({ terms: { state: 'asked', recipients: [mk], to: [hu] }, inForce: false });
    if (ask === undefined) throw new Error('unreachable');
    await sofia.client.marks.answerConsent({ channel: first, record: ask.record }, 'given', 'Go ahead');
    await budapest.syncs();
    expect(await budapest.client.marks.mayForward(request)).toEqual({ allowed: true });

    const forwarded = await budapest.client.marks.forward(request);
    expect(forwarded).toMatchObject({ state: 'stored' });
    const read = await skopje.mustRead(second, 'Truck in 48 hours');
    expect(read.header).toMatchObject({
      kind: 'alert',
      derivedFrom: [ref],
      marking: { handling: ['H0', 'H2'] },
      releasableTo: [hu, mk],
    });

    const given = (await budapest.client.marks.consents(first)).find(({ inForce }) => inForce);
    if (given === undefined) throw new Error('unreachable');
    await sofia.client.marks.revokeConsent({ channel: first, record: given.record }, 'No longer');
    await budapest.syncs();
    expect(codes(await budapest.client.marks.mayForward(request))).toContain('handling-h2');
    await nobodyIsAlarmed();
  });

  it('is the originator’s alone to give', async () => {
    const ref = await sofiaSends('Not yours', { handling: ['H2'] });
    const gift = { ...ref, act: 'forward', recipients: [mk], to: [hu], words: 'I allow myself' } as const;
    expect(await checkOf(budapest.client.marks.giveConsent(gift))).toBe('POL-07');
  });

  it('holds until it expires', async () => {
    const ref = await sofiaSends('For an hour', { handling: ['H2'] });
    const expiresAt = new Date(community.clock.now() + 3_600_000).toISOString();
    await sofia.client.marks.giveConsent({
      ...ref,
      act: 'forward',
      recipients: [mk],
      to: [hu],
      words: 'For an hour',
      expiresAt,
    });
    await budapest.syncs();
    const request = { from: [ref], to: second } as const;
    expect(await budapest.client.marks.mayForward(request)).toEqual({ allowed: true });
    community.clock.advance(3_600_000);
    expect(codes(await budapest.client.marks.mayForward(request))).toContain('handling-h2');
  });

  it('lets H1 be used in proceedings', async () => {
    const ref = await sofiaSends('For intelligence only', { handling: ['H1'] });
    expect(codes(await budapest.client.marks.mayUseInProceedings(ref))).toEqual(['handling-h1']);
    expect(await sofia.client.marks.mayUseInProceedings(ref)).toEqual({ allowed: true });
    await sofia.client.marks.giveConsent({
      ...ref,
      act: 'proceedings',
      recipients: [],
      to: [hu],
      words: 'For court 12',
    });
    await budapest.syncs();
    expect(await budapest.client.marks.mayUseInProceedings(ref)).toEqual({ allowed: true });
  });

  it('lets facts about minors and victims be exported', async () => {
    const ref = await sofiaSends('Two children', { caveats: ['minor', 'victim-consent'] });
    const exported = () => budapest.client.marks.mayExport(ref, 'national-system');
    expect(codes(await exported())).toEqual(['victim-consent', 'minor']);
    await sofia.client.marks.giveConsent({ ...ref, act: 'export', recipients: [], to: [hu], words: 'They agreed' });
    await budapest.syncs();
    expect(await exported()).toEqual({ allowed: true });
  });
});

describe('passing on', () => {
  it('keeps the strictest mark of all that is compiled', async () => {
    const one = await sofiaSends('First source', { tlp: 'AMBER', handling: ['H3'], handlingText: 'not to the press' });
    const other = await budapest.mustSend(first, 'Second source', marked({ pap: 'RED', handling: ['H0'] }));
    const third = await budapest.opensChannelWith([sofia]);
    const from = [one, { channel: first, record: other.id }] as const;
    const body = { v: 1, type: 'content', language: 'en', subject: 'Compiled' } as const;
    const lax = marked({ tlp: 'AMBER', pap: 'RED' }).marking;
    expect(await checkOf(budapest.client.marks.forward({ from, to: third, body, marking: lax }))).toBe('POL-03');
    expect(await budapest.client.marks.forward({ from, to: third, body })).toMatchObject({ state: 'stored' });
    const { header } = await sofia.mustRead(third, 'Compiled');
    expect(header.marking).toMatchObject({
      tlp: 'AMBER',
      pap: 'RED',
      handling: ['H0', 'H3'],
      handlingText: 'not to the press',
    });
    await nobodyIsAlarmed();
  });

  it('of TLP RED takes the originator’s word even among those who have it', async () => {
    const ref = await sofiaSends('For your eyes', { tlp: 'RED' });
    const third = await budapest.opensChannelWith([sofia]);
    expect(codes(await budapest.client.marks.mayForward({ from: [ref], to: third }))).toEqual(['tlp']);
  });

  it('goes back to the originator through every hand', async () => {
    const ref = await sofiaSends('Through many hands', { handling: ['H2'] });
    await sofia.client.marks.giveConsent({ ...ref, act: 'forward', recipients: [mk], to: [hu], words: 'To Skopje' });
    await budapest.syncs();
    const forwarded = await budapest.client.marks.forward({ from: [ref], to: second });
    await skopje.mustRead(second, 'Through many hands');
    const third = await skopje.opensChannelWith([community.baghdad]);
    const onwards = { from: [{ channel: second, record: forwarded.id }], to: third } as const;
    expect(codes(await skopje.client.marks.mayForward(onwards))).toContain('origin-unknown');
    expect((await skopje.client.marks.standing(onwards.from[0])).originators).toEqual(['?']);
    expect((await budapest.client.marks.standing(onwards.from[0])).originators).toEqual([bg]);
  });
});

describe('a mark', () => {
  it('is changed by the originator, and counts from then on', async () => {
    const ref = await sofiaSends('Later more secret', {});
    const third = await budapest.opensChannelWith([sofia, skopje], { contactPoints: [bg, mk] });
    const stricter = marked({ handling: ['H0', 'H2'], tlp: 'AMBER+STRICT' }).marking;
    expect(await checkOf(budapest.client.marks.remark(ref, stricter, 'We think so'))).toBe('POL-07');
    await sofia.client.marks.remark(ref, stricter, 'An informant is at risk');
    await budapest.syncs();
    expect(await budapest.client.read(first, ref.record)).toMatchObject({
      record: { header: { marking: { handling: ['H0'] } } },
      marks: { marking: { handling: ['H0', 'H2'] }, remarks: [{ by: bg, words: 'An informant is at risk' }] },
    });
    expect(codes(await budapest.client.marks.mayForward({ from: [ref], to: third }))).toEqual([
      'outside-releasability',
      'handling-h2',
      'tlp',
    ]);
    await sofia.client.marks.remark(ref, marked({}).marking, 'The informant is safe');
    await budapest.syncs();
    expect((await budapest.client.marks.standing(ref)).marking).toEqual(marked({}).marking);
  });

  it('of a national scale is never understated', async () => {
    const understated = marked({ nationalMarking: 'Строго секретно' });
    expect(await checkOf(sofia.sends(first, 'Understated', understated))).toBe('POL-06');
    await sofia.mustSend(first, 'Well stated', marked({ nationalMarking: 'За служебно ползване' }));
  });

  it('of a single fact is never stricter than that of the whole', async () => {
    const body: RecordBody = {
      v: 1,
      type: 'content',
      language: 'en',
      subject: 'A fact',
      facts: { phones: ['+359000000001'] },
      factMarkings: { '/phones/0': marked({ handling: ['H1'] }).marking },
    };
    expect(await checkOf(sofia.sends(first, '', { body, ...marked({}) }))).toBe('POL-16');
  });

  it('of an asylum seeker keeps it from the country they left', async () => {
    const facts = { persons: [{ nationality: 'MK' }] };
    const body = { v: 1, type: 'content', language: 'en', subject: 'Seeks protection', facts } as const;
    const draft = { body, ...marked({ caveats: ['asylum-seeker'] }) };
    expect(await checkOf(budapest.sends(second, '', draft))).toBe('POL-17');
    expect(await sofia.sends(first, '', draft)).toMatchObject({ state: 'stored' });
  });
});

describe('a withdrawal', () => {
  it('destroys the record on every device, which says so once', async () => {
    const ref = await sofiaSends('Withdrawn tomorrow', {});
    expect(await checkOf(budapest.client.marks.withdraw(ref, 'Not ours'))).toBe('POL-07');
    await sofia.client.marks.withdraw(ref, 'It was the wrong person');
    await budapest.syncs();
    const view = await budapest.client.read(first, ref.record);
    expect(view).toMatchObject({ outcome: 'failed', withdrawn: { by: bg }, header: { id: ref.record } });
    expect(view.outcome === 'failed' && view.card.whatHappened).toMatch(
      /^Withdrawn by bg at .*: It was the wrong person$/,
    );
    for (const { value } of await budapest.store.list('record/')) {
      expect(new TextDecoder().decode(value)).not.toContain('Withdrawn tomorrow');
    }
    await budapest.syncs();
    await budapest.syncs();
    await sofia.syncs();
    const attested = await sofia.client.marks.attestations(ref);
    expect(attested.map(({ device, state }) => `${device} ${state}`).sort()).toEqual([
      `${sofia.device} destroyed`,
      `${budapest.device} destroyed`,
    ]);
    expect(await checkOf(sofia.client.marks.withdraw(ref, 'Again'))).toBe('POL-09');
    expect(await checkOf(budapest.client.marks.forward({ from: [ref], to: second }))).toBe('POL-10');
    await nobodyIsAlarmed();
  });

  it('takes translations of the record with it, those that come later too', async () => {
    const ref = await sofiaSends('Translated and withdrawn', {});
    const translation = {
      language: 'hu',
      translator: 'A. B.',
      method: 'human',
      at: new Date(community.clock.now()).toISOString(),
      text: 'Lefordítva',
    } as const;
    const body: RecordBody = { v: 1, type: 'translation', translation };
    await budapest.sends(first, '', { body, inReplyTo: ref.record });
    await sofia.syncs();
    await sofia.client.marks.withdraw(ref, 'It was the wrong person');
    await budapest.sends(first, '', { body, inReplyTo: ref.record });
    for (const actor of [sofia, budapest]) {
      await actor.syncs();
      const kept = (await actor.store.list('record/')).map(({ value }) => new TextDecoder().decode(value));
      expect(kept.filter((value) => value.includes('Lefordítva'))).toEqual([]);
    }
    await nobodyIsAlarmed();
  });

  it('is heeded by a device that was away, and attested when it comes back', async () => {
    const ref = await sofiaSends('Withdrawn while away', {});
    budapest.hub.goAway();
    await sofia.client.marks.withdraw(ref, 'Gone');
    await budapest.client.sync().catch(() => undefined);
    budapest.hub.comeBack();
    await budapest.syncs();
    await budapest.syncs();
    await sofia.syncs();
    const devices = (await sofia.client.marks.attestations(ref)).map(({ device }) => device);
    expect(devices.sort()).toEqual([sofia.device, budapest.device].sort());
  });

  it('takes what was made of the record out of the outbox, encrypted already or not', async () => {
    const ref = await sofiaSends('Made of the withdrawn', {});
    await sofia.client.marks.giveConsent({ ...ref, act: 'forward', recipients: [mk], to: [hu], words: 'Yes' });
    await budapest.syncs();
    budapest.hub.twist('submitRecord', () => {
      throw new LiaisonError('unavailable', 'The hub takes no records now.');
    });
    const waiting = await budapest.client.marks.forward({ from: [ref], to: second });
    expect(waiting.state).toBe('sending');
    await sofia.client.marks.withdraw(ref, 'It was the wrong person');
    await budapest.client.sync();
    for (const { value } of await budapest.store.list('outbox/')) {
      expect(new TextDecoder().decode(value)).not.toContain('Made of the withdrawn');
    }
    budapest.hub.tellTruth();
    await budapest.syncs();
    const item = (await budapest.client.outbox()).find(({ id }) => id === waiting.id);
    expect(item).toMatchObject({ state: 'failed', problem: { check: 'POL-10' } });
    await nobodyIsAlarmed();
  });
});

describe('a channel', () => {
  it('shows nothing to who may only post there (CLI-54), and nobody is at fault', async () => {
    const roles = { bg: ['administer', 'post', 'read'], mk: ['post'] } as const;
    const channel = await sofia.opensChannelWith([skopje], { contactPoints: [mk], roles });
    await sofia.mustSend(channel, 'For those who read');
    await skopje.sends(channel, 'A report for Sofia');
    await sofia.mustRead(channel, 'A report for Sofia');
    await skopje.syncs();
    const cards = (await skopje.failures(channel)).map(({ card }) => `${card.check} ${card.whatHappened}`);
    expect(cards).toEqual([expect.stringMatching(/^CLI-54 .*In this channel mk may not read\.$/)]);
    for (const { value } of await skopje.store.list('record/')) {
      expect(new TextDecoder().decode(value)).not.toContain('For those who read');
    }
    await nobodyIsAlarmed();
  });

  it('takes nothing that is not released to all of its members', async () => {
    const refusal = checkOf(
      sofia.client.send({
        channel: first,
        kind: 'message',
        ...marked({}),
        releasableTo: [bg],
        body: { v: 1, type: 'content', language: 'en', subject: 'For us' },
      }),
    );
    expect(await refusal).toBe('CLI-17');
  });
});
