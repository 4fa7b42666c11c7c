import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { ChannelPlan, HistoryGift, HistoryProgress, OpenedRecord, RecordDraft } from '#liaison/client';
import { sealToPublicKey, sign, signingKeyFromSeed } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  type ChannelEvent,
  type ChannelId,
  decodeUntrustedRoster,
  encodeHistoryPage,
  fromBase64url,
  type GrantedRecord,
  grantSignedBytes,
  historyContext,
  HistoryPage,
  type RecordId,
  toBase64url,
} from '#liaison/protocol';
import { type Actor, type Community, startCommunity } from '#liaison/testing';
import { checkLog } from '../../apps/hub/src/log/fsck.js';
import { policyOf } from '../log-hub/live-log.js';

const DAY = 24 * 60 * 60 * 1000;
const PURPOSE = 'Desk 1 was lost on the train: replaced.';

describe('the past of a channel', () => {
  let community: Community;
  let colleague: Actor;
  let replaced: Actor;
  let home: ChannelId;
  let aside: ChannelId;

  beforeAll(async () => {
    community = await startCommunity({ devices: ['bg:ivanov:desk-1', 'bg:petrova:desk-2'] });
    [colleague, replaced] = [community.device('bg:ivanov:desk-1'), community.device('bg:petrova:desk-2')];
    home = await colleague.opensChannelWith([community.sofia, replaced], { kind: 'home' });
    aside = await community.budapest.opensChannelWith([community.skopje]);
  }, 120_000);
  afterAll(() => community.stop());

  /** A channel of both desks in Sofia, Budapest, and whoever is meant. */
  const channelOf = (plan: Partial<ChannelPlan> = {}, others: readonly Actor[] = [community.budapest]) =>
    community.sofia.opensChannelWith([colleague, ...others], {
      contactPoints: [...others, colleague].map(({ contactPoint }) => contactPoint),
      ...plan,
    });

  const asks = async (desk: Actor, channel: ChannelId) => {
    await desk.syncs();
    await desk.client.history.request({ purpose: PURPOSE, channel });
  };
  /** Once the log covers all that was there: until then, what is given waits at the receiver. */
  const gives = async (giver: Actor, gift: HistoryGift) => {
    const { id } = await community.budapest.mustSend(aside, 'All before this is in the log');
    await community.budapest.mustProve(aside, id);
    await giver.syncs();
    return giver.client.history.grant(gift);
  };
  const received = async (desk: Actor, channel: ChannelId) =>
    (await desk.client.history.received()).filter((view) => view.channel === channel);
  const cards = async (desk: Actor, channel: ChannelId) =>
    (await desk.failures(channel)).map(({ seq, card }) => ({ seq, check: card.check, why: card.whatHappened }));

  describe('a new colleague', () => {
    let channel: ChannelId;
    let asked: RecordId;
    beforeAll(async () => {
      const { sofia, budapest } = community;
      channel = await channelOf();
      asked = (await budapest.mustSend(channel, 'Camion vers Kalotina', { kind: 'request' })).id;
      await sofia.mustRead(channel, 'Camion vers Kalotina');
      await sofia.mustSend(channel, 'We look for it', { inReplyTo: asked });
      await sofia.client.acknowledge(channel, asked, 'acknowledged');
      await colleague.syncs();
      await sofia.adds(channel, replaced);
    });

    it('reads what was before, by the grant of a colleague, and can work with it', async () => {
      await replaced.mustNotRead(channel, 'We look for it');
      await asks(replaced, channel);
      expect(await gives(colleague, { to: replaced.device, channel })).toEqual([{ channel, given: 3, withheld: 0 }]);
      await replaced.mustRead(channel, 'Camion vers Kalotina');
      await replaced.mustRead(channel, 'We look for it');
      expect(await replaced.client.read(channel, asked)).toMatchObject({
        outcome: 'opened',
        acknowledgements: [{ device: community.sofia.device }],
      });
      await replaced.client.acknowledge(channel, asked, 'read');
      await replaced.client.log.opened({ channel, record: asked, purpose: 'To follow it up' });
      await replaced.syncs();
      await replaced.mustSeeNoAlarm();
      expect(await replaced.client.log.prove(channel, asked)).toMatchObject({ state: 'proved' });
    });

    it('is in the log: who gave what to whom, and why', async () => {
      const entries = (await community.budapest.client.log.entries({ record: asked })).map(
        ({ entry }) => JSON.parse(entry) as object,
      );
      expect(entries).toContainEqual(
        expect.objectContaining({
          type: 'record.granted',
          actor: colleague.device,
          recipients: [replaced.device],
          purpose: PURPOSE,
          subject: expect.objectContaining({ channel, record: asked }),
        }),
      );
    });

    it('passes it on to the next: who was given it may give it', async () => {
      const next = await community.device('bg:ivanov:desk-1').starts();
      expect(next).toBe(colleague);
      const before = await received(replaced, channel);
      expect(before).toMatchObject([{ by: colleague.device, given: 3, waiting: 0, withheld: [], complete: true }]);
      expect(await gives(colleague, { to: replaced.device, channel })).toMatchObject([{ given: 3 }]);
      await replaced.syncs();
      expect((await replaced.subjects(channel)).filter((subject) => subject === 'We look for it')).toHaveLength(1);
    });

    it('destroys what it was given when it is withdrawn, and says so', async () => {
      const { budapest } = community;
      await budapest.client.marks.withdraw({ channel, record: asked }, 'Wrong lorry');
      await replaced.mustNotRead(channel, 'Camion vers Kalotina');
      await budapest.syncs();
      expect(await budapest.client.marks.attestations({ channel, record: asked })).toContainEqual(
        expect.objectContaining({ device: replaced.device, state: 'destroyed' }),
      );
      const stored = await replaced.store.list(`record/${channel}/`);
      const place = stored.map(({ value }) => new TextDecoder().decode(value)).find((text) => text.includes(asked));
      expect(place).not.toContain('contentKey');
    });
  });

  it('CLI-55 shows what is withheld, by whom and why', async () => {
    const { sofia, budapest } = community;
    const channel = await channelOf();
    const red: RecordDraft['marking'] = { classification: 'RESTRICTED', handling: [], caveats: [], tlp: 'RED' };
    await budapest.mustSend(channel, 'For your eyes', { marking: red });
    await budapest.mustSend(channel, 'For everybody');
    await colleague.syncs();
    await sofia.adds(channel, replaced);
    await asks(replaced, channel);
    expect(await gives(colleague, { to: replaced.device, channel })).toMatchObject([{ given: 1, withheld: 1 }]);
    await replaced.mustRead(channel, 'For everybody');
    await replaced.mustNotRead(channel, 'For your eyes');
    const [card] = await cards(replaced, channel);
    expect(card).toMatchObject({ check: 'CLI-55', why: expect.stringContaining('TLP:RED') });
    expect(await received(replaced, channel)).toMatchObject([{ withheld: [{ by: 'hu' }], complete: true }]);
    await replaced.mustSeeNoAlarm();
  });

  it('POL-21 is given from a date on where the channel says so, and where the colleague says so', async () => {
    const { sofia, budapest, clock } = community;
    const date = new Date(clock.now() + DAY).toISOString();
    const channel = await channelOf({ history: { rule: 'from-date', date } });
    await budapest.mustSend(channel, 'The day before');
    clock.advance(2 * DAY);
    for (const desk of [sofia, budapest, colleague, replaced]) await desk.syncs();
    await budapest.mustSend(channel, 'The day after');
    clock.advance(DAY);
    for (const desk of [sofia, budapest, colleague, replaced]) await desk.syncs();
    const from = clock.now();
    await budapest.mustSend(channel, 'Two days after');
    await colleague.syncs();
    await sofia.adds(channel, replaced);
    await asks(replaced, channel);
    expect(await gives(colleague, { to: replaced.device, channel, from })).toMatchObject([{ given: 1, withheld: 2 }]);
    await replaced.mustRead(channel, 'Two days after');
    const why = (await cards(replaced, channel)).map((card) => card.why).join('\n');
    expect(why).toContain('from-date');
    expect(why).toContain(colleague.device);
    await gives(colleague, { to: replaced.device, channel });
    await replaced.mustRead(channel, 'The day after');
    await replaced.mustNotRead(channel, 'The day before');
    await replaced.mustSeeNoAlarm();
  });

  it('is given record by record where the originators decide, by their consent', async () => {
    const { sofia, budapest } = community;
    const channel = await channelOf({ history: { rule: 'per-item' } });
    const wanted = (await budapest.mustSend(channel, 'With a consent')).id;
    await budapest.mustSend(channel, 'Without one');
    await sofia.mustSend(channel, 'Our own');
    await colleague.syncs();
    await sofia.adds(channel, replaced);
    await asks(replaced, channel);
    expect(await gives(colleague, { to: replaced.device, channel })).toMatchObject([{ given: 1, withheld: 2 }]);
    await replaced.mustRead(channel, 'Our own');
    const words = 'Your new desk may read it';
    const consent = { act: 'grant', recipients: [sofia.contactPoint], to: [sofia.contactPoint], words } as const;
    await budapest.client.marks.giveConsent({ channel, record: wanted, ...consent });
    const gift = { to: replaced.device, channel, records: [wanted] };
    expect(await gives(colleague, gift)).toMatchObject([{ given: 1, withheld: 0 }]);
    await replaced.mustRead(channel, 'With a consent');
    await replaced.mustNotRead(channel, 'Without one');
    expect((await received(replaced, channel))[0]?.gaps).toMatchObject([{ by: colleague.device }]);
    await replaced.mustSeeNoAlarm();
  });

  it('gives nothing where a record’s own rule is stricter than the channel’s', async () => {
    const { sofia, budapest } = community;
    const channel = await channelOf();
    await budapest.mustSend(channel, 'Nobody who comes later', { history: { rule: 'from-join' } });
    await colleague.syncs();
    await sofia.adds(channel, replaced);
    await asks(replaced, channel);
    expect(await gives(colleague, { to: replaced.device, channel })).toMatchObject([{ given: 0, withheld: 1 }]);
  });

  it('POL-04 goes to another contact point by its marks: H2 and releasability hold until a consent covers the grant', async () => {
    const { sofia, budapest, skopje } = community;
    const points = [sofia, budapest, skopje].map(({ contactPoint }) => contactPoint);
    const [bg, hu, mk] = points;
    const channel = await channelOf({ contactPoints: points });
    const h2: RecordDraft['marking'] = { classification: 'RESTRICTED', handling: ['H2'], caveats: [] };
    const held = await budapest.mustSend(channel, 'Not to Skopje', {
      marking: h2,
      releasableTo: [bg!, hu!],
    });
    await budapest.mustSend(channel, 'To all');
    await sofia.mustRead(channel, 'To all');
    await sofia.adds(channel, skopje);
    await asks(skopje, channel);
    expect(await gives(sofia, { to: skopje.device, channel })).toMatchObject([{ withheld: 1 }]);
    await skopje.mustRead(channel, 'To all');
    await skopje.mustNotRead(channel, 'Not to Skopje');
    const consent = { act: 'grant', recipients: [mk!], to: [bg!], words: 'Skopje may have it' } as const;
    await budapest.client.marks.giveConsent({ channel, record: held.id, ...consent });
    expect(await gives(sofia, { to: skopje.device, channel, records: [held.id] })).toMatchObject([{ withheld: 0 }]);
    await skopje.mustRead(channel, 'Not to Skopje');
    await skopje.mustSeeNoAlarm();
  });

  it('is given in bulk, through a crash of either side, each key once', async () => {
    const { sofia, budapest } = community;
    const channel = await channelOf();
    for (let lot = 0; lot < 3; lot += 1)
      await Promise.all(
        Array.from({ length: 100 }, (_, number) => budapest.sends(channel, `Line ${lot * 100 + number}`)),
      );
    await budapest.syncs();
    await colleague.syncs();
    await sofia.adds(channel, replaced);
    await asks(replaced, channel);
    await colleague.syncs();
    const seen: HistoryProgress[] = [];
    const gift = { to: replaced.device, channel };
    const killed = colleague.client.history.grant({
      ...gift,
      onProgress: (progress) => {
        seen.push(progress);
        if (seen.length === 2) throw new Error('killed');
      },
    });
    await expect(killed).rejects.toThrow('killed');
    await colleague.starts(colleague.store.snapshot());
    expect(await gives(colleague, gift)).toMatchObject([{ given: 300 }]);
    const orders = colleague.hub.callsOf('grantHistory').filter(({ params }) => params?.['channel'] === channel);
    expect(orders).toHaveLength(3);
    // The other side is cut off after the keys have come, and goes on with the next sync.
    replaced.hub.loseAnswersOf('listGranted');
    await replaced.syncs().catch(() => undefined);
    replaced.hub.comeBack();
    await replaced.starts(replaced.store.snapshot());
    await replaced.syncs();
    expect((await replaced.subjects(channel)).filter((subject) => subject.startsWith('Line'))).toHaveLength(300);
    expect(await received(replaced, channel)).toMatchObject([{ given: 300, waiting: 0, complete: true }]);
    await replaced.mustSeeNoAlarm();
  }, 120_000);

  describe('against who does not keep the rules', () => {
    let channel: ChannelId;
    let records: RecordId[];
    let given: RecordId;
    let forbidden: RecordId;

    beforeAll(async () => {
      const { sofia, budapest } = community;
      channel = await channelOf();
      records = [];
      for (let number = 0; number < 7; number += 1)
        records.push((await budapest.mustSend(channel, `Given ${number}`)).id);
      forbidden = (await budapest.mustSend(channel, 'Forbidden', { history: { rule: 'from-join' } })).id;
      await colleague.syncs();
      await sofia.adds(channel, replaced);
      await asks(replaced, channel);
      await colleague.syncs();
    });
    beforeEach(() => {
      given = records.shift()!;
    });
    afterEach(async () => {
      replaced.hub.tellTruth();
      for (const { id } of await replaced.client.alarms()) await replaced.client.settleAlarm(id, 'A test');
    });

    const lie = (change: (granted: GrantedRecord) => GrantedRecord) => {
      replaced.hub.lieAbout('listGranted', (answer) => {
        const page = answer as { granted: GrantedRecord[] };
        return { ...page, granted: page.granted.map(change) };
      });
    };
    const mustRefuse = async (check: string, record = given) => {
      await replaced.syncs();
      expect((await replaced.opened(channel)).map(({ header }) => header.id)).not.toContain(record);
      await replaced.mustSeeAlarm(check);
      expect((await cards(replaced, channel)).map((card) => card.check)).toContain(check);
    };

    it('CLI-95 a hub that swaps a body or a record is found out', async () => {
      await gives(colleague, { to: replaced.device, channel, records: [given] });
      const swapped = await eventOf(colleague, channel, records[0]!);
      lie((granted) => {
        if (granted.event.type !== 'record') return granted;
        const record = { ...granted.event.record, body: swapped.record.body };
        return { ...granted, event: { ...granted.event, record } };
      });
      await mustRefuse('CLI-95');
      await gives(colleague, { to: replaced.device, channel, records: [given] });
      lie((granted) => ({ ...granted, event: { ...swapped, seq: granted.event.seq } }));
      await mustRefuse('CLI-95');
      replaced.hub.tellTruth();
      await gives(colleague, { to: replaced.device, channel, records: [given] });
      await replaced.mustRead(channel, 'Given 0');
    });

    it('CLI-97 a hub that shows another entry of its log is found out', async () => {
      await gives(colleague, { to: replaced.device, channel, records: [given] });
      lie((granted) => ({ ...granted, index: granted.index - 1 }));
      await mustRefuse('CLI-97');
    });

    it('CLI-94 a hub that invents a grant is found out', async () => {
      await gives(colleague, { to: replaced.device, channel, records: [given] });
      lie((granted) => ({ ...granted, grant: { ...granted.grant, purpose: 'Another purpose' } }));
      await mustRefuse('CLI-94');
      expect(await received(replaced, channel)).toMatchObject([{ waiting: 0 }]);
    });

    it('GRT-01 GRT-02 GRT-03 GRT-04 POL-21 a hub takes no grant that rules, places or signatures forbid', async () => {
      const { budapest, skopje } = community;
      const order = (giver: Actor, record: RecordId, to = replaced) => orderBy(giver, { channel, record, to });
      expect(await order(colleague, forbidden)).toEqual({ grants: [{ refused: 'POL-21' }] });
      expect(await order(replaced, given, budapest)).toEqual({ grants: [{ refused: 'GRT-02' }] });
      await expect(order(colleague, given, skopje)).rejects.toMatchObject({ details: { check: 'GRT-03' } });
      await expect(order(skopje, given)).rejects.toMatchObject({ code: 'not-found' });
      const replay = await orderBy(colleague, { channel, record: given, to: replaced, sent: budapest });
      expect(replay).toEqual({ grants: [{ refused: 'GRT-01' }] });
      await gives(colleague, { to: replaced.device, channel, records: [given] });
      const asked = (await colleague.client.history.asked()).find(({ device }) => device === replaced.device);
      if (asked?.carrier !== home) throw new Error('It was asked for elsewhere.');
      const inHome = await orderBy(colleague, { channel: home, record: asked.id, to: community.sofia });
      expect(inHome).toEqual({ grants: [{ refused: 'GRT-04' }] });
    });

    it('CLI-96 a colleague and a hub that give together what a rule forbids are found out', async () => {
      await forgesGrant(colleague, forbidden);
      await mustRefuse('CLI-96', forbidden);
    });

    it('CLI-94 keys that were sealed to one device open on no other', async () => {
      const { sofia } = community;
      await gives(colleague, { to: replaced.device, channel, records: [given] });
      const page = (await colleague.opened(home)).findLast(({ body }) => body.type === 'history-keys');
      if (page?.body.type !== 'history-keys') throw new Error('No keys were sent.');
      const theirs = await sofia.opensChannelWith([colleague, replaced]);
      await sofia.client.removeMembers(theirs, [replaced.device]);
      await replaced.syncs();
      await colleague.client.addMembers(theirs, [replaced.device]);
      await replaced.syncs();
      await replaced.client.history.request({ purpose: PURPOSE, channel: theirs });
      const inReplyTo = (await replaced.store.list('history/request/')).at(-1)?.key.slice(-36) as RecordId;
      const body = { ...page.body, channel: theirs };
      await colleague.syncs();
      await colleague.client.send({ channel: home, kind: 'grant', marking: page.header.marking, inReplyTo, body });
      await replaced.syncs();
      await replaced.mustSeeAlarm('CLI-94');
      expect(await received(replaced, theirs)).toEqual([]);
    });

    it('CLI-94 a colleague who is no member of the channel gives nothing of it', async () => {
      const { sofia } = community;
      await sofia.client.removeMembers(channel, [colleague.device]);
      await replaced.syncs();
      await forgesGrant(colleague, given);
      await mustRefuse('CLI-94');
    });

    /** Key and order as an honest client would make them, of what it would not; the hub goes along with it. */
    async function forgesGrant(giver: Actor, record: RecordId): Promise<void> {
      const { key, certificate } = await keyOf(community.sofia, channel, record);
      const asked = (await giver.client.history.asked()).find(({ device }) => device === replaced.device);
      if (asked === undefined) throw new Error('It has not asked.');
      const context = { request: asked.id, to: replaced.device, by: giver.device, channel };
      const gift = { v: 1, certificates: [certificate], keys: [key], withheld: [], gaps: [], last: true } as const;
      const page = HistoryPage.parse(gift);
      const sealed = sealToPublicKey({
        publicKey: fromBase64url(asked.key),
        context: historyContext(context),
        plaintext: encodeHistoryPage(page),
        random: systemRandom,
      });
      const body = { v: 1, type: 'history-keys', to: replaced.device, channel, sealed: toBase64url(sealed) } as const;
      const marking = { classification: 'RESTRICTED' as const, handling: [], caveats: [] };
      await giver.client.send({ channel: home, kind: 'grant', marking, inReplyTo: asked.id, body });
      const granted = await grantedBy(giver, record);
      replaced.hub.lieAbout('listGranted', () => ({ granted: [granted], more: false }));
    }

    async function grantedBy(giver: Actor, record: RecordId): Promise<GrantedRecord> {
      const { sofia } = community;
      const at = new Date(community.clock.now()).toISOString();
      const said = { channel, record, to: replaced.device, at, purpose: PURPOSE };
      const signature = signed(giver, said);
      const entries = await sofia.client.log.entries({ record });
      const stored = entries.find(({ entry }) => entry.includes('record.stored'));
      if (stored === undefined) throw new Error('It is not in the log.');
      const event = await eventOf(sofia, channel, record);
      const grant = { by: giver.device, at, purpose: PURPOSE, signature, index: 0 };
      return { event, grant, entry: stored.entry, index: stored.index };
    }
  });

  it('comes back to a replaced device when the old one was revoked: what it sent, and what it read', async () => {
    const { sofia, budapest, clock } = community;
    const channel = await channelOf();
    await sofia.mustSend(channel, 'Sent by the lost device');
    await budapest.mustSend(channel, 'Read by the lost device');
    for (const desk of [sofia, colleague]) await desk.syncs();
    clock.advance(60_000);
    await community.revoke(sofia);
    clock.advance(10 * 60_000);
    await colleague.syncs();
    await budapest.syncs();
    await colleague.client.removeMembers(channel, [sofia.device]);
    await colleague.adds(channel, replaced);
    await asks(replaced, channel);
    expect(await gives(colleague, { to: replaced.device, channel })).toMatchObject([{ given: 2, withheld: 0 }]);
    await replaced.mustRead(channel, 'Sent by the lost device');
    await replaced.mustRead(channel, 'Read by the lost device');
    expect((await replaced.client.alarms()).map(({ check }) => check)).toEqual([]);
  });

  it('leaves a log that its check finds sound: what was granted is no event of the channel', async () => {
    const pool = new pg.Pool({ connectionString: community.hub.databaseUrl, max: 1 });
    const { faults, events } = await checkLog(pool, policyOf(decodeUntrustedRoster(community.founded.roster.roster)));
    await pool.end();
    expect(faults).toEqual([]);
    expect(events).toBeGreaterThan(0);
  });
});

type RecordEvent = Extract<ChannelEvent, { type: 'record' }>;

async function eventOf(actor: Actor, channel: ChannelId, record: RecordId): Promise<RecordEvent> {
  const { token } = await actor.client.signIn();
  return (await actor.hub.request('getRecord', { params: { channel, record } }, token)) as RecordEvent;
}

function signed(giver: Actor, said: Parameters<typeof grantSignedBytes>[1]): string {
  const key = signingKeyFromSeed(giver.profile.signingSeed);
  return toBase64url(sign('history-grant', grantSignedBytes(giver.device, said), key));
}

/** An order of one record. @param order.sent to whom the hub is told that it is, where that is somebody else. */
async function orderBy(
  giver: Actor,
  order: { readonly channel: ChannelId; readonly record: RecordId; readonly to: Actor; readonly sent?: Actor },
): Promise<unknown> {
  const { channel, record, to, sent = to } = order;
  const { token, expiresAt } = await giver.client.signIn();
  const at = new Date(Date.parse(expiresAt) - 60_000).toISOString();
  const said = { channel, record, to: to.device, at, purpose: PURPOSE };
  const grants = [{ record, signature: signed(giver, said) }];
  const body = { to: sent.device, at, purpose: PURPOSE, grants };
  return giver.hub.request('grantHistory', { params: { channel }, body }, token);
}

/** What a device keeps to give a record on. */
async function keyOf(holder: Actor, channel: ChannelId, record: RecordId) {
  const entries = await holder.store.list(`record/${channel}/`);
  const found = entries
    .map(({ value }) => JSON.parse(new TextDecoder().decode(value)) as StoredForTesting)
    .find((each) => each.record?.header.id === record);
  if (found?.record === undefined || found.opening === undefined) throw new Error('It is not held.');
  const { contentKey, bodyHash, certificate: hash } = found.opening;
  const { seq, headerHash } = found.record;
  const der = await holder.store.get(`sender-certificate/${hash}`);
  return {
    key: { record, seq, contentKey, bodyHash, headerHash, certificate: 0 },
    certificate: toBase64url(der ?? new Uint8Array()),
  };
}

interface StoredForTesting {
  readonly record?: OpenedRecord;
  readonly opening?: { readonly contentKey: string; readonly bodyHash: string; readonly certificate: string };
}
