import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  assembleSignedRoster,
  coSign,
  CustodyMaterial,
  custodyKeyFromSeed,
  custodyKeyHandIn,
  openMaterial,
  provedMaterial,
  readShare,
  restoreCustodyKey,
  reviseRoster,
  splitCustodyKey,
  verifyMaterial,
} from '#liaison/client';
import { systemRandom } from '#liaison/crypto.node';
import { generateAgreementKey, sealToPublicKey, sign, type SigningKey, signingKeyFromSeed } from '#liaison/crypto';
import {
  ChannelId,
  ContactPointId,
  type CustodyDeposit,
  decodeUntrustedRoster,
  depositSignedBytes,
  erasureSignedBytes,
  holdSignedBytes,
  type LegalHold,
  type RecordErasure,
  type RecordId,
  type Roster,
  type SignedRoster,
  toBase64url,
} from '#liaison/protocol';
import { type Actor, callHub, type Community, startCommunity } from '#liaison/testing';
import { nodeTreeHashing } from '#liaison/tlog.node';

const DAY = 24 * 60 * 60 * 1000;
const BG = ContactPointId.parse('bg');
const WHY = { reason: 'Case 12/2026: all devices were lost', authority: 'Sofia City Court, order 118/2027' };

let community: Community;
let roster: SignedRoster;
let shares: string[];
let channel: ChannelId;
let fromSofia: RecordId;
let fromBudapest: RecordId;
let notForCourts: RecordId;
/** An administrator of Bulgaria who was never in the channel. */
let stoyanov: Actor;
let ivanov: Actor;

beforeAll(async () => {
  community = await startCommunity({ devices: ['bg:ivanov:desk-1', 'bg:stoyanov:desk-2'] });
  const { sofia, budapest, skopje } = community;
  [ivanov, stoyanov] = [community.device('bg:ivanov:desk-1'), community.device('bg:stoyanov:desk-2')];
  const seed = systemRandom.bytes(32);
  shares = await splitCustodyKey(seed, { total: 5, needed: 3 }, systemRandom);
  roster = await publish(community.founded.roster, custodyKeyFromSeed(seed).publicKey);
  for (const desk of [sofia, budapest, skopje, ivanov, stoyanov]) await desk.syncs();
  channel = await sofia.opensChannelWith([budapest, ivanov, skopje], { reviewDays: 1 });
  fromSofia = (await sofia.mustSend(channel, 'Камион към Калотина')).id;
  fromBudapest = (await budapest.mustSend(channel, 'Plate ABC-123')).id;
  const marking = { classification: 'RESTRICTED', handling: ['H0', 'H1'], caveats: [] } as const;
  notForCourts = (
    await budapest.mustSend(channel, 'From a source', {
      marking: { ...marking, handling: [...marking.handling], caveats: [] },
    })
  ).id;
  for (const desk of [sofia, ivanov, budapest]) await desk.syncs();
}, 120_000);
afterAll(() => community.stop());

/** A later roster with this custody key for Bulgaria. */
async function publish(
  before: SignedRoster,
  publicKey: Uint8Array,
  change = (draft: Roster) => draft,
): Promise<SignedRoster> {
  const { founded, clock } = community;
  const custodyKeys = [custodyKeyHandIn(BG, publicKey, founded.authorities.get(BG)!.key)];
  const draft = change(reviseRoster(decodeUntrustedRoster(before.roster), { custodyKeys }, clock));
  const signed = assembleSignedRoster(
    draft,
    founded.coChairs.map(({ key }) => coSign(draft, key)),
  );
  await community.publishRoster(signed);
  return signed;
}

async function collected(desk: Actor, id: string): Promise<CustodyMaterial> {
  const { client } = desk;
  const policy = await client.log.policy(0);
  for (let tries = 0; ; tries += 1) {
    const ports = { log: client.log, policy, at: community.clock.now(), hashing: nodeTreeHashing };
    try {
      const material = await provedMaterial(await client.custody.collect(id), ports);
      return CustodyMaterial.parse(JSON.parse(JSON.stringify(material)));
    } catch (error) {
      if (tries > 20 || (error as { code?: string }).code !== 'try-again') throw error;
      await sleep(250);
    }
  }
}

const keyOf = (texts: readonly string[]) => restoreCustodyKey(texts.map(readShare));
const grounds = async (material: CustodyMaterial) => ({
  material,
  roster,
  policy: await stoyanov.client.log.policy(0),
  at: community.clock.now(),
});
const checkIn = (error: unknown) => (error as { details?: { check?: string } }).details?.check ?? String(error);
const checkOf = (act: () => unknown) => {
  try {
    act();
    return 'ok';
  } catch (error) {
    return checkIn(error);
  }
};

describe('a contact point that has lost all its devices', () => {
  let material: CustodyMaterial;

  it('has the keys of its records in custody, from each of its devices, and of none of another contact point', async () => {
    const deposits = await stoyanov.client.custody.deposits(channel);
    const of = (record: RecordId) => deposits.filter((each) => each.record === record).map(({ device }) => device);
    expect(of(fromBudapest).sort()).toEqual([ivanov.device, community.sofia.device]);
    expect(of(fromSofia)).toHaveLength(2);
    expect(await community.sofia.client.custody.waiting()).toBe(0);
    const database = await community.hub.stolenDatabase();
    expect(database).not.toContain('Калотина');
    expect(await community.budapest.client.custody.deposits()).toEqual([]);
  });

  it('asks for them under a court’s authority: in the log, and shown to every member', async () => {
    const { budapest, skopje } = community;
    const records = [fromSofia, fromBudapest, notForCourts];
    const opening = await stoyanov.client.custody.request({ channel, records, ...WHY });
    expect(opening.index).toEqual(expect.any(Number));
    for (const member of [budapest, skopje]) {
      await member.syncs();
      expect(await member.client.custody.openings(channel)).toEqual([
        expect.objectContaining({ ...WHY, records, device: stoyanov.device }),
      ]);
      await member.mustSeeNoAlarm();
    }
    const entries = await budapest.client.log.entries({ record: fromBudapest });
    expect(entries.map(({ entry }) => JSON.parse(entry) as object)).toContainEqual(
      expect.objectContaining({ type: 'custody.opened', purpose: WHY.reason, authority: WHY.authority }),
    );
    material = await collected(stoyanov, opening.id);
  });

  it('opens them with three of five shares, but for what may not go before a court', async () => {
    const given = await grounds(material);
    verifyMaterial(given);
    const result = openMaterial(given, await keyOf(shares.slice(1, 4)));
    const subjects = result.opened.map(({ content }) => (JSON.parse(content) as { subject: string }).subject);
    expect(subjects).toEqual(['Камион към Калотина', 'Plate ABC-123']);
    expect(result.withheld).toEqual([
      { record: notForCourts, reasons: [expect.objectContaining({ code: 'handling-h1' })] },
    ]);
    expect([result.lost, result.wrong]).toEqual([[], []]);
  });

  it('SHR-02 CUS-13 opens nothing with two shares, with shares of another key, or of another contact point’s', async () => {
    await expect(keyOf(shares.slice(0, 2))).rejects.toMatchObject({ details: { check: 'SHR-02' } });
    const other = await splitCustodyKey(systemRandom.bytes(32), { total: 2, needed: 2 }, systemRandom);
    await expect(keyOf([...shares.slice(0, 2), other[0]!])).rejects.toMatchObject({ details: { check: 'SHR-02' } });
    const given = await grounds(material);
    const key = await keyOf(other);
    expect(checkOf(() => openMaterial(given, key))).toBe('CUS-13');
  });

  it('CUS-10 CUS-11 CUS-12 CUS-15 opens nothing without the logged request of its administrator', async () => {
    const given = await grounds(material);
    const { opening, records } = material;
    const verdict = (changed: Partial<CustodyMaterial>, at = given.at) =>
      checkOf(() => {
        verifyMaterial({ ...given, at, material: { ...material, ...changed } });
      });
    expect(verdict({})).toBe('ok');
    expect(verdict({ opening: { ...opening, reason: 'Another case' } })).toBe('CUS-10');
    expect(verdict({ contactPoint: ContactPointId.parse('hu') })).toBe('CUS-10');
    const [first, second, third] = records;
    expect(verdict({ records: [first!, second!, { ...third!, opened: third!.stored }] })).toBe('CUS-11');
    expect(verdict({ records: [first!] })).toBe('CUS-11');
    expect(verdict({}, given.at + 40 * DAY)).toBe('CUS-12');
    expect(verdict({ records: [{ ...first!, certificate: second!.certificate }, second!, third!] })).toBe('CUS-15');
  });

  it('CUS-05 CUS-07 gives nothing to another contact point, to an officer, or for a request that is repeated', async () => {
    const { budapest } = community;
    const request = budapest.client.custody.request({ channel, records: [fromBudapest], ...WHY });
    await expect(request).rejects.toMatchObject({ code: 'not-found', details: { check: 'CUS-05' } });
    const { opening } = material;
    await expect(budapest.client.custody.collect(opening.id)).rejects.toMatchObject({ code: 'not-found' });
    const { device: _, certificate: __, approval: ___, index: ____, ...sent } = opening;
    const replay = async (desk: Actor, body: object) => {
      desk.hub.twist('requestOpening', () => ({ body }));
      const outcome = await desk.client.custody.request({ channel, records: [fromBudapest], ...WHY }).then(
        ({ index }) => index,
        (error: unknown) => checkIn(error),
      );
      desk.hub.tellTruth();
      return outcome;
    };
    expect(await replay(stoyanov, sent)).toBe(opening.index);
    expect(await replay(budapest, sent)).toBe('CUS-07');
    expect(await replay(ivanov, { ...sent, id: '0192f000-0000-7000-8000-000000000abc' })).toBe('CUS-06');
    const before = await budapest.client.custody.openings(channel);
    expect(before).toHaveLength(1);
  });
});

describe('what goes wrong with deposits', () => {
  it('keeps what could not be deposited, through a lost answer and a restart, and deposits it once', async () => {
    const { sofia, budapest } = community;
    sofia.hub.loseAnswersOf('depositKeys');
    const { id } = await budapest.mustSend(channel, 'While the line is bad');
    await sofia.syncs();
    expect(await sofia.client.custody.waiting()).toBeGreaterThan(0);
    sofia.hub.comeBack();
    await (await sofia.starts()).syncs();
    expect(await sofia.client.custody.waiting()).toBe(0);
    const deposits = await stoyanov.client.custody.deposits(channel);
    expect(deposits.filter(({ record, device }) => record === id && device === sofia.device)).toHaveLength(1);
  });

  it('CUS-14 names the device that deposited a wrong key, and opens by the other’s', async () => {
    const { sofia, budapest } = community;
    const { id } = await budapest.mustSend(channel, 'The second plate');
    const key = keyIn(ivanov);
    ivanov.hub.twist('depositKeys', ({ body }) => {
      const { deposits } = body as { deposits: CustodyDeposit[] };
      return { body: { deposits: deposits.map((deposit) => wrong(deposit, key)) } };
    });
    await ivanov.syncs();
    ivanov.hub.tellTruth();
    await sofia.syncs();
    const { id: opening } = await stoyanov.client.custody.request({ channel, records: [id], ...WHY });
    const given = await grounds(await collected(stoyanov, opening));
    verifyMaterial(given);
    const result = openMaterial(given, await keyOf(shares.slice(0, 3)));
    expect(result.opened).toHaveLength(1);
    expect(result.wrong).toEqual([{ record: id, device: ivanov.device, why: expect.any(String) }]);
  });

  function wrong({ signature: _, ...deposit }: CustodyDeposit, key: SigningKey): CustodyDeposit {
    const { publicKey } = generateAgreementKey(systemRandom);
    const sealed = sealToPublicKey({
      publicKey,
      context: 'x',
      plaintext: systemRandom.bytes(32),
      random: systemRandom,
    });
    const said = { ...deposit, sealed: toBase64url(sealed) };
    const signature = sign('custody-deposit', depositSignedBytes(ivanov.device, said), key);
    return { ...said, signature: toBase64url(signature) };
  }

  it('CLI-82 is an alarm where the hub refuses a deposit, CUS-03 as it does to whom the roster names no key', async () => {
    const { skopje, budapest, sofia } = community;
    await budapest.mustSend(channel, 'One that the hub will not keep');
    sofia.hub.lieAbout('depositKeys', () => ({ deposits: [{ refused: 'CUS-02' }] }));
    await sofia.syncs();
    await sofia.mustSeeAlarm('CLI-82');
    sofia.hub.tellTruth();
    await settle(sofia);
    expect(skopje.hub.callsOf('depositKeys')).toEqual([]);
  });

  it('CUS-01 CUS-02 CUS-03 HLD-01 HLD-03 takes nothing unsigned, of nobody’s record, or for nobody’s key', async () => {
    const { sofia, skopje, hub, clock } = community;
    const at = new Date(clock.now()).toISOString();
    const { header, headerHash } = await skopje.mustRead(channel, 'Plate ABC-123');
    const deposited = {
      channel,
      record: header.id,
      headerHash,
      keyId: '0123456789abcdef',
      sealed: 'A'.repeat(107),
      at,
    };
    const call = async (desk: Actor, route: 'depositKeys' | 'placeHold', body: object) => {
      const { token } = await desk.client.signIn();
      return (await callHub(hub.url, route, { body, token })).body;
    };
    const deposit = (desk: Actor, said: Omit<CustodyDeposit, 'signature'>, signer = desk) => {
      const signed = sign('custody-deposit', depositSignedBytes(desk.device, said), keyIn(signer));
      return call(desk, 'depositKeys', { deposits: [{ ...said, signature: toBase64url(signed) }] });
    };
    expect(await deposit(sofia, deposited, skopje)).toEqual({ deposits: [{ refused: 'CUS-01' }] });
    const elsewhere = { ...deposited, channel: ChannelId.parse('0192f000-0000-7000-8000-00000000dead') };
    expect(await deposit(sofia, elsewhere)).toEqual({ deposits: [{ refused: 'CUS-02' }] });
    expect(await deposit(skopje, deposited)).toEqual({ deposits: [{ refused: 'CUS-03' }] });
    const hold = (desk: Actor, signer = desk) => {
      const said = { id: '0192f000-0000-7000-8000-0000000000aa', channel, ...WHY, at, records: [header.id] };
      const signed = sign('legal-hold', holdSignedBytes(desk.device, said), keyIn(signer));
      return call(desk, 'placeHold', { ...said, signature: toBase64url(signed) });
    };
    expect(await hold(sofia, skopje)).toEqual({ refused: 'HLD-01' });
    const placed = await hold(skopje);
    expect(await hold(skopje)).toEqual(placed);
    expect(await hold(sofia)).toEqual({ refused: 'HLD-03' });
    await skopje.client.custody.liftHold('0192f000-0000-7000-8000-0000000000aa', 'It was a test');
  });

  it('CLI-81 is an alarm where the hub makes up an opening', async () => {
    const { skopje } = community;
    const [opening] = await skopje.client.custody.openings(channel);
    const invented = { ...opening!, id: '0192f000-0000-7000-8000-00000000000f', reason: 'Because', index: 10_000 };
    skopje.hub.lieAbout('listOpenings', (_answer, { query }) =>
      Number(query?.['from']) > 10_000 ? { openings: [], next: 10_001 } : { openings: [invented], next: 10_001 },
    );
    await skopje.syncs();
    await skopje.mustSeeAlarm('CLI-81');
    expect(await skopje.client.custody.openings(channel)).not.toContainEqual(invented);
    skopje.hub.tellTruth();
    await settle(skopje);
  });
});

describe('a legal hold', () => {
  const HOLD = { reason: 'Article 40 case 17/2026', authority: 'Budapest Court, order 9/2027' };
  const PURPOSE = 'Yearly review';
  let hold: LegalHold;

  it('HLD-02 is placed by an administrator of a contact point in the channel alone', async () => {
    const { budapest, skopje } = community;
    hold = await budapest.client.custody.placeHold({ channel, records: [fromBudapest], ...HOLD });
    const elsewhere = ChannelId.parse('0192f000-0000-7000-8000-00000000dead');
    const refused = { code: 'not-allowed', details: { check: 'HLD-02' } };
    await expect(budapest.client.custody.placeHold({ channel: elsewhere, ...HOLD })).rejects.toMatchObject(refused);
    await expect(skopje.client.custody.liftHold(hold.id, 'Not ours')).rejects.toMatchObject(refused);
    await skopje.syncs();
    expect(await skopje.client.custody.holds(channel)).toContainEqual(expect.objectContaining(HOLD));
  });

  it('RET-06 keeps what the channel’s administrator wants erased, and nothing else', async () => {
    const { sofia, clock } = community;
    clock.advance(2 * DAY);
    await sofia.syncs();
    expect(await sofia.client.log.erase(channel, [fromBudapest, fromSofia], PURPOSE)).toEqual([
      { record: fromBudapest, refused: 'RET-06' },
      { record: fromSofia, index: expect.any(Number) },
    ]);
  });

  it('CLI-84 holds on every device, though the hub forgets it: content stays, and it is an alarm', async () => {
    const { budapest, sofia, clock } = community;
    const said = { channel, record: fromBudapest, at: new Date(clock.now()).toISOString(), purpose: PURPOSE };
    const key = keyIn(sofia);
    const erasure: RecordErasure = {
      ...said,
      seq: (await budapest.mustRead(channel, 'Plate ABC-123')).seq,
      device: sofia.device,
      certificate: toBase64url(sofia.profile.certificate),
      signature: toBase64url(sign('record-erasure', erasureSignedBytes(sofia.device, said), key)),
      index: 20_000,
    };
    budapest.hub.lieAbout('listErasures', (_answer, { query }) =>
      Number(query?.['from']) > 20_000 ? { erasures: [], next: 20_001 } : { erasures: [erasure], next: 20_001 },
    );
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-84');
    expect(await budapest.subjects(channel)).toContain('Plate ABC-123');
    budapest.hub.tellTruth();
    await settle(budapest);
  });

  it('CLI-83 is not lifted by the hub’s word', async () => {
    const { skopje, clock } = community;
    const lift = { ...hold, at: new Date(clock.now()).toISOString(), reason: 'It ended' };
    const { device, certificate, at, reason, signature } = lift;
    const lifted = { ...hold, lift: { device, certificate, at, reason, signature, index: 30_000 } };
    skopje.hub.lieAbout('listHolds', (_answer, { query }) =>
      Number(query?.['from']) > 30_000 ? { holds: [], next: 30_001 } : { holds: [lifted], next: 30_001 },
    );
    await skopje.syncs();
    await skopje.mustSeeAlarm('CLI-83');
    const held = (await skopje.client.custody.holds(channel)).find(({ id }) => id === hold.id);
    expect(held?.lift).toBeUndefined();
    skopje.hub.tellTruth();
    await settle(skopje);
  });

  it('gives way when the contact point that placed it lifts it: erased, and proved', async () => {
    const { sofia, budapest } = community;
    await budapest.client.custody.liftHold(hold.id, 'The court has decided');
    const [erased] = await sofia.client.log.erase(channel, [fromBudapest], PURPOSE);
    expect(erased).toEqual({ record: fromBudapest, index: expect.any(Number) });
    const { id } = await stoyanov.client.custody.request({ channel, records: [fromBudapest], ...WHY });
    const given = await grounds(await collected(stoyanov, id));
    verifyMaterial(given);
    expect(openMaterial(given, await keyOf(shares.slice(0, 3)))).toMatchObject({ opened: [], lost: [fromBudapest] });
  });
});

describe('what an originator withdrew', () => {
  it('stays closed in custody, but its key is kept where a hold was there before', async () => {
    const { sofia, budapest } = community;
    const sent = [await budapest.mustSend(channel, 'Held'), await budapest.mustSend(channel, 'Not held')];
    const records = sent.map(({ id }) => id);
    await sofia.syncs();
    await sofia.client.custody.placeHold({ channel, records: records.slice(0, 1), ...WHY });
    for (const record of records) await budapest.client.marks.withdraw({ channel, record }, 'Sent by mistake');
    await sofia.mustNotRead(channel, 'Held');
    await sofia.client.custody.placeHold({ channel, ...WHY });
    const { id } = await stoyanov.client.custody.request({ channel, records, ...WHY });
    const given = await grounds(await collected(stoyanov, id));
    expect(given.material.records.map(({ deposits }) => deposits.length > 0)).toEqual([true, false]);
    verifyMaterial(given);
    const { opened, withheld } = openMaterial(given, await keyOf(shares.slice(0, 3)));
    const because = { reasons: [expect.objectContaining({ code: 'withdrawn' })] };
    expect([opened, withheld]).toEqual([[], records.map((record) => expect.objectContaining({ record, ...because }))]);
  });
});

describe('where the roster wants two administrators', () => {
  it('CUS-08 nothing is opened, or shown as opened, until another officer agrees', async () => {
    const { budapest } = community;
    const two = (draft: Roster) => ({
      ...draft,
      contactPoints: draft.contactPoints.map((point) =>
        point.id === BG ? { ...point, administratorsToEnrol: 2 as const } : point,
      ),
    });
    roster = await publish(roster, (await keyOf(shares.slice(0, 3))).publicKey, two);
    const { id: record } = await budapest.mustSend(channel, 'Seen by two');
    for (const desk of [ivanov, stoyanov]) await desk.syncs();
    const shown = async () => (await (await budapest.syncs()).client.custody.openings(channel)).length;
    const before = await shown();
    const waiting = await stoyanov.client.custody.request({ channel, records: [record], ...WHY });
    expect(waiting.index).toBeUndefined();
    await expect(stoyanov.client.custody.collect(waiting.id)).rejects.toMatchObject({ code: 'not-found' });
    expect(await shown()).toBe(before);
    await expect(stoyanov.client.custody.approve(waiting)).rejects.toMatchObject({ details: { check: 'CUS-08' } });
    const harmless = { ...waiting, reason: 'A harmless request under the signature of another' };
    await expect(ivanov.client.custody.approve(harmless)).rejects.toMatchObject({ details: { check: 'CLI-81' } });
    expect(await ivanov.client.custody.approve(waiting)).toEqual(expect.any(Number));
    expect(await shown()).toBe(before + 1);
    const given = await grounds(await collected(stoyanov, waiting.id));
    verifyMaterial(given);
    const alone = { ...given.material, opening: { ...given.material.opening, approval: undefined } };
    expect(
      checkOf(() => {
        verifyMaterial({ ...given, material: CustodyMaterial.parse(JSON.parse(JSON.stringify(alone))) });
      }),
    ).toBe('CUS-10');
  });
});

describe('a custody key that the contact point’s CA has not signed', () => {
  it('CER-06 is not taken into a roster, and CLI-80 nothing is deposited under it though the co-chairs signed', async () => {
    const { founded, clock } = community;
    const stranger = generateAgreementKey(systemRandom).publicKey;
    const hu = founded.authorities.get(ContactPointId.parse('hu'))!.key;
    const draft = decodeUntrustedRoster(roster.roster);
    expect(checkOf(() => reviseRoster(draft, { custodyKeys: [custodyKeyHandIn(BG, stranger, hu)] }, clock))).toBe(
      'CER-06',
    );
    const own = (await keyOf(shares.slice(0, 3))).publicKey;
    await publish(roster, own, (revised) => ({
      ...revised,
      contactPoints: revised.contactPoints.map((point) =>
        point.id === BG ? { ...point, custodyKey: toBase64url(stranger) } : point,
      ),
    }));
    const { sofia, budapest } = community;
    await sofia.syncs();
    const before = sofia.hub.callsOf('depositKeys').length;
    await budapest.mustSend(channel, 'Not for a stranger');
    await sofia.mustRead(channel, 'Not for a stranger');
    await sofia.mustSeeAlarm('CLI-80');
    expect(sofia.hub.callsOf('depositKeys')).toHaveLength(before);
  });
});

function keyIn({ profile }: Actor): SigningKey {
  return signingKeyFromSeed(profile.signingSeed);
}

/** An officer has looked into the alarms: the channel goes on. */
async function settle({ client }: Actor): Promise<void> {
  for (const { id } of await client.alarms()) await client.settleAlarm(id, 'It was a test');
}
