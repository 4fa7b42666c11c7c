import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { signWhole, signingKeyFromSeed } from '#liaison/crypto';
import {
  type ChannelId,
  ContactPointId,
  type LiaisonError,
  type Marking,
  type RecordEnvelope,
  type RecordHeader,
  RecordId,
  releaseStatement,
  toBase64url,
} from '#liaison/protocol';
import {
  type Actor,
  type Community,
  type Forgery,
  recordEvent,
  Renegade,
  rewriteHistory,
  startCommunity,
} from '#liaison/testing';

/**
 * Budapest runs a client that ignores marks. The true hub refuses what it makes; where the hub is on its side, Skopje's client
 * is what is left.
 */
let community: Community;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;
/** Of Sofia, Budapest and Skopje. */
let source: ChannelId;
/** Of Budapest, Skopje and Baghdad, which have had nothing of what Sofia wrote. */
let target: ChannelId;
/** Of Budapest and Skopje, where two officers release. */
let guarded: ChannelId;
let secret: RecordId;
/** A record of Sofia and Baghdad alone. */
let foreign: { channel: ChannelId; record: RecordId };

const [hu, mk, iq] = ['hu', 'mk', 'iq'].map((id) => ContactPointId.parse(id)) as [
  ContactPointId,
  ContactPointId,
  ContactPointId,
];
const NOBODY = RecordId.parse('019aa8b2-7c00-7a4e-9f10-6b1f0d6f2c11');
const MARKING: Marking = { classification: 'RESTRICTED', handling: ['H0', 'H2'], caveats: [] };

beforeAll(async () => {
  community = await startCommunity({ devices: ['hu:nagy:desk-1', 'hu:kovacs:phone'] });
  ({ sofia, budapest, skopje } = community);
  const channel = await sofia.opensChannelWith([community.baghdad]);
  foreign = { channel, record: (await sofia.mustSend(channel, 'Not for Budapest')).id };
});
afterAll(() => community.stop());

beforeEach(() => {
  skopje.hub.tellTruth();
});

async function openGuarded(): Promise<void> {
  guarded = await budapest.opensChannelWith([skopje], { fourEyes: { priority: 'flash' } });
}

async function forge(by: Actor, channel: ChannelId, header: Partial<RecordHeader>, rest: Forgery = {}) {
  const renegade = await Renegade.from(by, channel);
  return renegade.forge({ ...rest, header });
}

async function hubRefusal(by: Actor, channel: ChannelId, envelope: RecordEnvelope): Promise<unknown> {
  const { token } = await by.client.signIn();
  const answer = by.hub.request('submitRecord', { params: { channel }, body: envelope }, token);
  const error = await answer.then(
    () => undefined,
    (fault: unknown) => fault as LiaisonError,
  );
  return error?.details.check;
}

async function skopjeRefusal(channel: ChannelId, envelope: RecordEnvelope): Promise<unknown[]> {
  await rewriteHistory(skopje, channel, (events) => [...events, recordEvent(channel, envelope)]);
  await skopje.syncs();
  // What it could not judge yet, for a channel of its sources did not answer, is judged in the next round.
  if ((await skopje.subjects(channel)).includes('Forged')) await skopje.syncs();
  expect(await skopje.subjects(channel)).not.toContain('Forged');
  const [failure] = await skopje.failures(channel);
  expect(failure?.card.next).not.toBe('');
  return (await skopje.client.alarms(channel)).map(({ check }) => check);
}

const terms = { act: 'forward', recipients: [iq], to: [hu] } as const;

function freshRecordId(): RecordId {
  return RecordId.parse(crypto.randomUUID());
}

describe('what a client that ignores marks makes', () => {
  beforeEach(async () => {
    source = await sofia.opensChannelWith([budapest, skopje]);
    target = await budapest.opensChannelWith([skopje, community.baghdad]);
    await openGuarded();
    ({ id: secret } = await sofia.mustSend(source, 'Held back', { marking: MARKING }));
    for (const actor of [budapest, skopje]) await actor.mustRead(source, 'Held back');
  });

  const cases: readonly (readonly [string, string, 'source' | 'target' | 'guarded', () => Partial<RecordHeader>])[] = [
    ['a forward without consent', 'POL-04', 'target', () => ({ marking: MARKING, derivedFrom: [ref()] })],
    ['a forward marked laxer than its source', 'POL-03', 'target', () => ({ derivedFrom: [ref()] })],
    ['a consent that is not its own', 'POL-07', 'source', () => speaking({ consent: given('given') })],
    ['a refusal that is not its own', 'POL-07', 'source', () => speaking({ consent: given('refused') })],
    ['a re-mark of another’s record', 'POL-07', 'source', () => speaking({ kind: 'marking' })],
    ['a withdrawal of another’s record', 'POL-07', 'source', () => speaking({ kind: 'withdrawal' })],
    ['a consent without terms', 'POL-01', 'source', () => speaking({ kind: 'consent' })],
    ['terms outside a consent', 'POL-01', 'source', () => ({ consent: given('asked') })],
    ['a national marking that is understated', 'POL-06', 'target', () => ({ marking: national('Titkos!') })],
    ['what a second officer has not released', 'POL-11', 'guarded', () => ({ priority: 'flash' })],
  ];

  function ref() {
    return { channel: source, record: secret };
  }
  function speaking(change: Partial<RecordHeader>): Partial<RecordHeader> {
    return { kind: 'consent', inReplyTo: secret, ...change };
  }
  function given(state: 'given' | 'refused' | 'asked') {
    return { ...terms, state, recipients: [...terms.recipients], to: [...terms.to] };
  }
  function national(nationalMarking: string): Marking {
    return { classification: 'RESTRICTED', nationalMarking, handling: [], caveats: [] };
  }

  it.each(cases)('%s is refused by the hub, and by the others without it (%s)', async (_what, check, where, header) => {
    const channel = { source, target, guarded }[where];
    const envelope = await forge(budapest, channel, header());
    expect(await hubRefusal(budapest, channel, envelope)).toBe(check);
    expect(await skopjeRefusal(channel, envelope)).toEqual([check]);
  });

  it('an attestation of what was not withdrawn is refused (POL-01)', async () => {
    const body = { v: 1, type: 'attestation', state: 'destroyed', at: '2026-11-21T18:00:00.000Z' };
    const plaintext = new TextEncoder().encode(JSON.stringify(sorted(body)));
    const envelope = await forge(budapest, source, { kind: 'erasure', inReplyTo: secret }, { plaintext });
    expect(await hubRefusal(budapest, source, envelope)).toBe('POL-01');
    expect(await skopjeRefusal(source, envelope)).toEqual(['POL-01']);
  });

  it('a consent that answers something else is refused (POL-08)', async () => {
    const consent = { ...given('given'), answers: NOBODY };
    const envelope = await forge(sofia, source, speaking({ consent }));
    expect(await hubRefusal(sofia, source, envelope)).toBe('POL-08');
    expect(await skopjeRefusal(source, envelope)).toEqual(['POL-08']);
  });

  it('asking without end is refused (POL-20), and keeps no originator from answering', async () => {
    const renegade = await Renegade.from(budapest, source);
    const { token } = await budapest.client.signIn();
    const submit = (body: RecordEnvelope) =>
      budapest.hub.request('submitRecord', { params: { channel: source }, body }, token);
    const ask = () => renegade.forge({ header: speaking({ id: freshRecordId(), consent: given('asked') }) });
    const first = await ask();
    await submit(first);
    for (let asked = 1; asked < 64; asked += 1) await submit(await ask());
    const once = await ask();
    await expect(submit(once)).rejects.toMatchObject({ code: 'not-allowed', details: { check: 'POL-20' } });
    await expect(submit(first)).resolves.toMatchObject({ duplicate: true });
    const { id } = JSON.parse(first.header) as RecordHeader;
    const answer = await forge(sofia, source, speaking({ consent: { ...given('given'), answers: id } }));
    expect(await hubRefusal(sofia, source, answer)).toBeUndefined();
    const passedOn = await forge(budapest, target, { marking: MARKING, derivedFrom: [ref()] });
    expect(await hubRefusal(budapest, target, passedOn)).toBeUndefined();
  });

  it('a second withdrawal is refused (POL-09), and what was withdrawn is not passed on (POL-10)', async () => {
    await sofia.client.marks.withdraw(ref(), 'Taken back');
    for (const actor of [skopje, budapest, sofia]) await actor.syncs();
    const again = await forge(sofia, source, speaking({ kind: 'withdrawal' }));
    expect(await hubRefusal(sofia, source, again)).toBe('POL-09');
    const marking: Marking = MARKING;
    const onwards = await forge(budapest, guarded, { marking, derivedFrom: [ref()], releasableTo: [hu, mk] });
    expect(await hubRefusal(budapest, guarded, onwards)).toBe('POL-10');
    expect(await skopjeRefusal(guarded, onwards)).toEqual(['POL-10']);
  });

  it('an absent source and one that is not for it answer alike (POL-02)', async () => {
    for (const record of [{ channel: source, record: NOBODY }, foreign]) {
      const envelope = await forge(budapest, target, { derivedFrom: [record] });
      const { token } = await budapest.client.signIn();
      const answer = budapest.hub.request('submitRecord', { params: { channel: target }, body: envelope }, token);
      await expect(answer).rejects.toMatchObject({
        code: 'not-found',
        message: 'A record that it names does not exist, or is not for you.',
        details: { check: 'POL-02' },
      });
    }
  });
});

describe('a release that is none', () => {
  beforeEach(openGuarded);

  async function releasedBy(actor: Actor, change: Partial<NonNullable<RecordHeader['release']>> = {}) {
    const signed = { by: actor.device, at: '2026-11-21T18:00:00.000Z', content: toBase64url(new Uint8Array(32)) };
    const header: Pick<RecordHeader, 'id' | 'channel' | 'kind' | 'sender' | 'marking' | 'priority'> = {
      id: RecordId.parse(crypto.randomUUID()),
      channel: guarded,
      kind: 'message',
      sender: budapest.device,
      marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
      priority: 'flash',
    };
    const signature = signWhole(releaseStatement(header, signed), signingKeyFromSeed(actor.profile.signingSeed));
    const certificate = toBase64url(actor.profile.certificate);
    const release = { ...signed, certificate, signature: toBase64url(signature), ...change };
    return forge(budapest, guarded, { ...header, release });
  }

  async function mustBeRefused(envelope: RecordEnvelope, check: string): Promise<void> {
    expect(await hubRefusal(budapest, guarded, envelope)).toBe(check);
    expect(await skopjeRefusal(guarded, envelope)).toEqual([check]);
  }

  it('for it has another signature is refused (POL-12)', async () => {
    const signature = toBase64url(new Uint8Array(64));
    await mustBeRefused(await releasedBy(community.device('hu:nagy:desk-1'), { signature }), 'POL-12');
  });

  it('for the same officer gave it on another device is refused (POL-13)', async () => {
    await mustBeRefused(await releasedBy(community.device('hu:kovacs:phone')), 'POL-13');
  });

  it('for another contact point gave it is refused (POL-13)', async () => {
    await mustBeRefused(await releasedBy(sofia), 'POL-13');
  });

  it('for it is of another content is refused by the readers, who alone can see it (POL-14)', async () => {
    const envelope = await releasedBy(community.device('hu:nagy:desk-1'));
    expect(await hubRefusal(budapest, guarded, envelope)).toBeUndefined();
    await skopje.syncs();
    expect((await skopje.client.alarms(guarded)).map(({ check }) => check)).toEqual(['POL-14']);
    expect(await skopje.subjects(guarded)).not.toContain('Forged');
  });

  it('for its officer was revoked is refused (POL-13)', async () => {
    const nagy = community.device('hu:nagy:desk-1');
    await community.revoke(nagy);
    // A look at the revocation lists holds for five minutes.
    community.clock.advance(5 * 60_000);
    await skopje.syncs();
    await mustBeRefused(await releasedBy(nagy), 'POL-13');
  });
});

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
