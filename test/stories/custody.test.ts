import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  assembleSignedRoster,
  coSign,
  CustodyMaterial,
  custodyKeyFromSeed,
  custodyKeyHandIn,
  foundAuthority,
  type KnownHold,
  openMaterial,
  provedMaterial,
  readShare,
  restoreCustodyKey,
  reviseRoster,
  splitCustodyKey,
  verifyMaterial,
} from '#liaison/client';
import { systemRandom } from '#liaison/crypto.node';
import {
  generateAgreementKey,
  generateSigningKey,
  keyIdOf,
  sealToPublicKey,
  sign,
  type SigningKey,
  signingKeyFromSeed,
} from '#liaison/crypto';
import {
  ChannelId,
  ContactPointId,
  type CustodyDeposit,
  decodeUntrustedRoster,
  depositSignedBytes,
  HoldOrder,
  holdSignedBytes,
  type LegalHold,
  LIMITS,
  type LoggedOpening,
  type RecordId,
  type Roster,
  type SignedRoster,
  toBase64url,
} from '#liaison/protocol';
import { type Actor, callHub, type Community, startCommunity } from '#liaison/testing';
import { nodeTreeHashing } from '#liaison/tlog.node';

type OpeningPage = { readonly openings: readonly LoggedOpening[]; readonly next: number };
type HoldPage = { readonly holds: readonly LegalHold[]; readonly next: number };

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
/** Of Hungary, and never in the channel. */
let kovacs: Actor;

beforeAll(async () => {
  community = await startCommunity({ devices: ['bg:ivanov:desk-1', 'bg:stoyanov:desk-2', 'hu:kovacs:desk-2'] });
  const { sofia, budapest, skopje } = community;
  [ivanov, stoyanov] = [community.device('bg:ivanov:desk-1'), community.device('bg:stoyanov:desk-2')];
  kovacs = community.device('hu:kovacs:desk-2');
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
  const since = new Date(clock.now()).toISOString();
  const custodyKeys = [custodyKeyHandIn(BG, publicKey, founded.authorities.get(BG)!.key, since)];
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
  rosters: [roster],
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
    await community.sofia.syncsUntil(async () => (await community.sofia.client.custody.waiting()) === 0);
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
      await member.syncsUntil(async () => (await member.client.custody.openings(channel)).length > 0);
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
    expect([verdict({}, given.at + 40 * DAY), verdict({}, given.at - 2 * DAY)]).toEqual(['CUS-12', 'CUS-16']);
    const swapped = { ...material, records: [{ ...first!, certificate: second!.certificate }, second!, third!] };
    expect([...verifyMaterial({ ...given, material: swapped }).findings.keys()]).toEqual([fromSofia]);
  });

  it('CUS-16 CUS-17 believes the custodians’ own roster and a revocation list by it, not what the material says of itself', async () => {
    const given = await grounds(material);
    const verdict = (changed: Partial<typeof given>) =>
      checkOf(() => {
        verifyMaterial({ ...given, ...changed });
      });
    const { founded } = community;
    const [mine, other] = [decodeUntrustedRoster(roster.roster), { ...decodeUntrustedRoster(roster.roster) }];
    const signedBy = (draft: Roster, keys: readonly SigningKey[]) =>
      assembleSignedRoster(
        draft,
        keys.map((key) => coSign(draft, key)),
      );
    const keys = founded.coChairs.map(({ key }) => key);
    const strange = { ...other, version: mine.version + 1, expiresAt: '2099-01-01T00:00:00.000Z' };
    expect(verdict({ rosters: [founded.roster, roster] })).toBe('ok');
    expect(verdict({ rosters: [founded.roster] })).toBe('ok');
    expect(verdict({ rosters: [] })).toBe('CUS-16');
    expect(verdict({ rosters: [roster, founded.roster] })).toBe('CUS-16');
    expect(verdict({ at: given.at + 400 * DAY })).toBe('CUS-16');
    const twin = signedBy({ ...other, threshold: 1 }, keys);
    expect(verdict({ material: { ...material, roster: twin } })).toBe('CUS-16');
    const unsigned = { ...signedBy(strange, keys), signatures: roster.signatures };
    expect(verdict({ material: { ...material, roster: unsigned } })).toBe('CUS-16');
    expect(verdict({ material: { ...material, revocationLists: [] } })).toBe('CUS-17');
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
    await sofia.syncsUntil(async () => (await sofia.client.custody.waiting()) === 0);
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
    const { id } = await budapest.mustSend(channel, 'One that the hub will not keep');
    sofia.hub.lieAbout('depositKeys', () => ({ deposits: [{ refused: 'CUS-02' }] }));
    await sofia.syncs();
    await sofia.mustSeeAlarm('CLI-82');
    sofia.hub.tellTruth();
    await settle(sofia);
    // It is kept, and said, and sent again when somebody asks.
    expect(await sofia.client.custody.refused()).toEqual([
      expect.objectContaining({ check: 'CUS-02', deposit: expect.objectContaining({ record: id }) }),
    ]);
    await sofia.client.custody.backfill();
    expect(await sofia.client.custody.refused()).toEqual([]);
    const deposits = await stoyanov.client.custody.deposits(channel);
    expect(deposits.filter(({ record, device }) => record === id && device === sofia.device)).toHaveLength(1);
    expect(skopje.hub.callsOf('depositKeys')).toEqual([]);
  });

  it('CLI-86 is kept until the log is proved to hold it, whatever the hub says', async () => {
    const { sofia, budapest } = community;
    await sofia.syncsUntil(async () => (await sofia.client.custody.waiting()) === 0);
    await budapest.mustSend(channel, 'One that the hub only says it keeps');
    sofia.hub.lieAbout('depositKeys', () => ({ deposits: [{ index: 0, entry: '{}' }] }));
    await sofia.syncsUntil(async () => (await sofia.client.alarms()).some(({ check }) => check === 'CLI-86'));
    expect(await sofia.client.custody.waiting()).toBe(1);
    sofia.hub.tellTruth();
    await settle(sofia);
    await sofia.syncsUntil(async () => (await sofia.client.custody.waiting()) === 0);
    await sofia.mustSeeNoAlarm();
  });

  it('CUS-01 CUS-02 CUS-03 CUS-04 HLD-01 HLD-03 takes nothing unsigned, of nobody’s record, or for nobody’s key', async () => {
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
    expect(await deposit(sofia, deposited)).toEqual({ deposits: [{ refused: 'CUS-04' }] });
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
    const id = '0192f000-0000-7000-8000-00000000000f';
    const invented = { ...opening!, id, reason: 'Because', index: 10_000, entries: [] };
    skopje.hub.lieAbout('listOpenings', (_answer, { query }) =>
      Number(query?.['from']) > 10_000 ? { openings: [], next: 10_001 } : { openings: [invented], next: 10_001 },
    );
    await skopje.syncs();
    await skopje.mustSeeAlarm('CLI-81');
    expect((await skopje.client.custody.openings(channel)).map((known) => known.id)).not.toContain(id);
    skopje.hub.tellTruth();
    await settle(skopje);
  });

  it('CLI-86 is an alarm where the log does not hold an opening at the place that the hub says', async () => {
    const { budapest } = community;
    const records = [fromBudapest];
    const { id } = await stoyanov.client.custody.request({ channel, records, ...WHY });
    const shown = async () => (await budapest.client.custody.openings(channel)).some((known) => known.id === id);
    budapest.hub.lieAbout('listOpenings', (answer) => ({
      ...(answer as OpeningPage),
      openings: (answer as OpeningPage).openings.map((each) => ({ ...each, index: (each.index ?? 0) + 1 })),
    }));
    await budapest.syncsUntil(async () => (await budapest.client.alarms()).some(({ check }) => check === 'CLI-86'));
    expect(await shown()).toBe(false);
    budapest.hub.tellTruth();
    await settle(budapest);
    await budapest.syncsUntil(shown);
    await budapest.mustSeeNoAlarm();
  });
});

describe('a legal hold', () => {
  const HOLD = { reason: 'Article 40 case 17/2026', authority: 'Budapest Court, order 9/2027' };
  const PURPOSE = 'Yearly review';
  let hold: KnownHold;

  it('HLD-02 is placed by an administrator of a contact point in the channel alone', async () => {
    const { budapest, skopje } = community;
    hold = await budapest.client.custody.placeHold({ channel, records: [fromBudapest], ...HOLD });
    const elsewhere = ChannelId.parse('0192f000-0000-7000-8000-00000000dead');
    const refused = { code: 'not-allowed', details: { check: 'HLD-02' } };
    await expect(budapest.client.custody.placeHold({ channel: elsewhere, ...HOLD })).rejects.toMatchObject(refused);
    await expect(skopje.client.custody.liftHold(hold.id, 'Not ours')).rejects.toMatchObject(refused);
    const held = () => skopje.client.custody.holds(channel);
    await skopje.syncsUntil(async () => (await held()).some(({ id }) => id === hold.id));
    expect(await held()).toContainEqual(expect.objectContaining(HOLD));
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

  it('CLI-86 counts only where the log holds it, and is not raised or lifted by the hub’s word', async () => {
    const { skopje } = community;
    const held = async () => (await skopje.client.custody.holds(channel)).find(({ id }) => id === hold.id);
    const before = await held();
    expect(before).toMatchObject({ proved: true, index: hold.index });
    const alarmAbout = async (lie: (listed: LegalHold) => LegalHold) => {
      skopje.hub.twist('listHolds', ({ query }) => ({ query: { ...query, from: 0 } }));
      skopje.hub.lieAbout('listHolds', (answer) => ({
        ...(answer as HoldPage),
        holds: (answer as HoldPage).holds.filter(({ id }) => id === hold.id).map(lie),
      }));
      await skopje.syncsUntil(async () => (await skopje.client.alarms()).some(({ check }) => check === 'CLI-86'));
      skopje.hub.tellTruth();
      await settle(skopje);
      expect(await held()).toEqual(before);
    };
    await alarmAbout((listed) => ({ ...listed, index: listed.index + 1 }));
    const lift = ({ device, certificate, at, signature, index, entry }: LegalHold) => ({
      ...{ device, certificate, at, signature, entry },
      index: index + 1,
      reason: 'It ended',
    });
    await alarmAbout((listed) => ({ ...listed, lift: lift(listed) }));
  });

  it('CLI-84 holds on every device, though the hub forgets it: content stays, and it is an alarm', async () => {
    const { sofia, budapest, skopje } = community;
    await budapest.client.custody.liftHold(hold.id, 'The court has decided');
    skopje.hub.lieAbout('listHolds', (_answer, { query }) => ({ holds: [], next: Number(query?.['from'] ?? 0) }));
    const [erased] = await sofia.client.log.erase(channel, [fromBudapest], PURPOSE);
    expect(erased).toEqual({ record: fromBudapest, index: expect.any(Number) });
    await skopje.syncsUntil(async () => (await skopje.client.alarms()).some(({ check }) => check === 'CLI-84'));
    expect(await skopje.subjects(channel)).toContain('Plate ABC-123');
    skopje.hub.tellTruth();
    await settle(skopje);
  });

  it('gives way when the contact point that placed it lifts it: erased, and proved', async () => {
    const { budapest } = community;
    await budapest.syncsUntil(async () => !(await budapest.subjects(channel)).includes('Plate ABC-123'));
    const { id } = await stoyanov.client.custody.request({ channel, records: [fromBudapest], ...WHY });
    const given = await grounds(await collected(stoyanov, id));
    expect(openMaterial(given, await keyOf(shares.slice(0, 3)))).toMatchObject({ opened: [], lost: [fromBudapest] });
  });

  it('HLD-01 HLD-04 is made today, and a contact point has no more than it may', async () => {
    const { skopje, hub, clock } = community;
    const at = (ms: number) => new Date(clock.now() + ms).toISOString();
    const { token } = await skopje.client.signIn();
    const place = async (time: string) => {
      const said = { id: '0192f000-0000-7000-8000-0000000000bb', channel, ...WHY, at: time };
      const signature = toBase64url(sign('legal-hold', holdSignedBytes(skopje.device, said), keyIn(skopje)));
      return (await callHub(hub.url, 'placeHold', { body: { ...said, signature }, token })).body;
    };
    expect([await place(at(-2 * DAY)), await place(at(2 * DAY))]).toEqual([
      { refused: 'HLD-01' },
      { refused: 'HLD-01' },
    ]);
    const upper = HoldOrder.safeParse({ ...hold, id: hold.id.toUpperCase() });
    const backwards = HoldOrder.safeParse({ ...hold, records: undefined, since: at(0), until: at(-1) });
    expect([upper.success, backwards.success]).toEqual([false, false]);
    await withDatabase((database) =>
      database.query(
        `INSERT INTO legal_holds (id, contact_point, channel, reason, authority, device, signed_at, signature, certificate, log_index)
       SELECT gen_random_uuid(), $1, $2, 'x', 'x', 'x', now(), '', '', 0 FROM generate_series(1, $3)`,
        [skopje.contactPoint, '0192f000-0000-7000-8000-00000000dead', LIMITS.holdsInForce],
      ),
    );
    const tooMany = { details: { check: 'HLD-04' } };
    await expect(skopje.client.custody.placeHold({ channel, ...WHY })).rejects.toMatchObject(tooMany);
  });

  it('is known to who joins later, though who placed it was revoked since; CLI-83 not as the hub rewrites it', async () => {
    const { sofia, clock } = community;
    const late = await kovacs.client.custody.placeHold({ channel, ...HOLD });
    await community.revoke(kovacs);
    clock.advance(10 * 60 * 1000);
    await stoyanov.syncs();
    stoyanov.hub.lieAbout('listHolds', (answer) => ({
      ...(answer as HoldPage),
      holds: (answer as HoldPage).holds.map((each) => (each.id === hold.id ? { ...each, authority: 'None' } : each)),
    }));
    await sofia.adds(channel, stoyanov);
    const known = async () => (await stoyanov.client.custody.holds(channel)).map(({ id }) => id);
    await stoyanov.syncsUntil(async () => (await known()).includes(late.id));
    expect(await known()).not.toContain(hold.id);
    await stoyanov.mustSeeAlarm('CLI-83');
    stoyanov.hub.tellTruth();
    await settle(stoyanov);
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
    await withDatabase(async (database) => {
      const agree = `INSERT INTO custody_approvals (opening, device, signed_at, signature, certificate, log_index)
        VALUES ($1, $2, now(), '', '', 0)`;
      for (const device of ['bg:stoyanov:desk-9', 'hu:kovacs:desk-2'])
        await expect(database.query(agree, [waiting.id, device])).rejects.toThrow('Another officer');
    });
    const harmless = { ...waiting, reason: 'A harmless request under the signature of another' };
    await expect(ivanov.client.custody.approve(harmless)).rejects.toMatchObject({ details: { check: 'CLI-81' } });
    expect(await ivanov.client.custody.approve(waiting)).toEqual(expect.any(Number));
    await budapest.syncsUntil(async () => (await shown()) === before + 1);
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

describe('a sender who is revoked later, and whose CA is replaced', () => {
  it('is judged by the time of the record: it opens, and what nobody signed is named and keeps nothing from the others', async () => {
    const { sofia, budapest, founded, clock } = community;
    const sent = [await budapest.mustSend(channel, 'Before'), await budapest.mustSend(channel, 'Also before')];
    const records = sent.map(({ id }) => id);
    await sofia.syncs();
    const hu = ContactPointId.parse('hu');
    await community.revoke(budapest);
    for (const names of [{ en: 'Hungary' }, { en: 'Hungary again' }]) {
      const ports = { clock, random: systemRandom };
      const { certificate } = foundAuthority({ id: hu, names }, generateSigningKey(systemRandom), ports);
      const revision = { newAuthorities: new Map([[hu, certificate]]), overlapDays: 1 };
      clock.advance(2 * DAY);
      roster = await publish(roster, (await keyOf(shares.slice(0, 3))).publicKey, (draft) =>
        reviseRoster({ ...draft, version: draft.version - 1 }, revision, clock),
      );
    }
    for (const desk of [ivanov, stoyanov]) await desk.syncs();
    const asked = await stoyanov.client.custody.request({ channel, records, ...WHY });
    await ivanov.client.custody.approve(asked);
    const given = await grounds(await collected(stoyanov, asked.id));
    const key = await keyOf(shares.slice(0, 3));
    expect(openMaterial(given, key)).toMatchObject({ opened: [{}, {}], unsound: [], lost: [], wrong: [] });
    const [first, second] = given.material.records;
    const { certificate: _, ...bare } = first!;
    const material = { ...given.material, records: [bare, second!] };
    const result = openMaterial({ ...given, material }, key);
    expect(result).toMatchObject({ opened: [{}], unsound: [{ record: records[0], why: expect.any(String) }] });
    const nowhere = { ...given, material: { ...given.material, formerRosters: [] } };
    expect(verifyMaterial(nowhere).findings.size).toBe(2);
    expect(verifyMaterial({ ...nowhere, rosters: [founded.roster, roster] }).findings.size).toBe(0);
    const taken = { ...given.material, records: [{ ...first!, withdrawn: true as const }, second!] };
    expect([...verifyMaterial({ ...given, material: taken }).findings.keys()]).toEqual([records[0]]);
  });
});

describe('a member who has left', () => {
  it('is not told why records are opened later; CUS-09 nobody asks without end', async () => {
    const { sofia, skopje } = community;
    await skopje.syncs();
    const before = await skopje.client.custody.openings(channel);
    const { id } = await sofia.mustSend(channel, 'The last that all saw');
    for (const desk of [skopje, sofia, ivanov]) await desk.syncs();
    await sofia.client.removeMembers(channel, [skopje.device]);
    const asked = await stoyanov.client.custody.request({ channel, records: [id], ...WHY });
    await ivanov.client.custody.approve(asked);
    await skopje.syncs();
    expect(await skopje.client.custody.openings(channel)).toEqual(before);
    const late = await stoyanov.client.custody.request({ channel, records: [id], ...WHY });
    await withDatabase((database) =>
      database.query(
        `INSERT INTO custody_requests (id, contact_point, channel, records, reason, authority, device, signed_at, signature, certificate,
         log_index) SELECT gen_random_uuid(), 'bg', $1, '{}', 'x', 'x', 'x', $2, '', '', 0 FROM generate_series(1, $3)`,
        [channel, new Date(community.clock.now()), LIMITS.openingsPerDay],
      ),
    );
    const again = stoyanov.client.custody.request({ channel, records: [id], ...WHY });
    await expect(again).rejects.toMatchObject({ details: { check: 'CUS-09' } });
    // What is opened is judged by then, also who asked for it.
    await community.revoke(stoyanov);
    await expect(ivanov.client.custody.approve(late)).rejects.toMatchObject({ details: { check: 'CUS-08' } });
  });
});

describe('a new custody key', () => {
  it('is deposited under for what was read before it too, in steps that a restart goes on from; CER-06 CLI-80 no old one comes back', async () => {
    const { sofia, founded, clock } = community;
    await sofia.syncsUntil(async () => (await sofia.client.custody.waiting()) === 0);
    const before = decodeUntrustedRoster(roster.roster);
    const old = before.contactPoints.find(({ id }) => id === BG)!;
    clock.advance(60_000);
    const { publicKey } = generateAgreementKey(systemRandom);
    roster = await publish(roster, publicKey);
    await (await sofia.starts()).syncs();
    const steps: number[] = [];
    expect((await sofia.client.custody.backfill(({ queued }) => steps.push(queued))).done).toBe(true);
    const deposits = await ivanov.client.custody.deposits(channel);
    const underNew = deposits.filter(({ keyId, device }) => keyId === keyIdOf(publicKey) && device === sofia.device);
    const readable = (await sofia.opened(channel)).map(({ header }) => header.id);
    expect(underNew.map(({ record }) => record).sort()).toEqual([...readable].sort());
    const ca = founded.authorities.get(BG)!.key;
    const oldKey = (await keyOf(shares.slice(0, 3))).publicKey;
    const putBack = custodyKeyHandIn(BG, oldKey, ca, old.custodySince!);
    const newest = decodeUntrustedRoster(roster.roster);
    expect(checkOf(() => reviseRoster(newest, { custodyKeys: [putBack] }, clock))).toBe('CER-06');
    const { custodyKey, custodySince, custodyProof } = old;
    roster = await publish(roster, publicKey, (draft) => ({
      ...draft,
      contactPoints: draft.contactPoints.map((point) =>
        point.id === BG
          ? { ...point, custodyKey: custodyKey!, custodySince: custodySince!, custodyProof: custodyProof! }
          : point,
      ),
    }));
    await sofia.syncs();
    await sofia.mustSeeAlarm('CLI-80');
    await settle(sofia);
  });
});

describe('a custody key that the contact point’s CA has not signed', () => {
  it('CER-06 is not taken into a roster, and CLI-80 nothing is deposited under it though the co-chairs signed', async () => {
    const { founded, clock } = community;
    const stranger = generateAgreementKey(systemRandom).publicKey;
    const hu = founded.authorities.get(ContactPointId.parse('hu'))!.key;
    const draft = decodeUntrustedRoster(roster.roster);
    expect(
      checkOf(() =>
        reviseRoster(
          draft,
          { custodyKeys: [custodyKeyHandIn(BG, stranger, hu, new Date(clock.now()).toISOString())] },
          clock,
        ),
      ),
    ).toBe('CER-06');
    const own = (await keyOf(shares.slice(0, 3))).publicKey;
    await publish(roster, own, (revised) => ({
      ...revised,
      contactPoints: revised.contactPoints.map((point) =>
        point.id === BG ? { ...point, custodyKey: toBase64url(stranger) } : point,
      ),
    }));
    const { sofia } = community;
    await sofia.syncs();
    const before = sofia.hub.callsOf('depositKeys').length;
    await ivanov.syncs();
    // It comes late: what Hungary sent was certified by CAs that are gone. Openings of then are what they were.
    const messages = (await ivanov.client.alarms()).map(({ message }) => message);
    expect(messages.filter((message) => message.includes('A second administrator has not agreed'))).toEqual([]);
    await settle(ivanov);
    await ivanov.mustSend(channel, 'Not for a stranger');
    await sofia.mustRead(channel, 'Not for a stranger');
    await sofia.mustSeeAlarm('CLI-80');
    expect(sofia.hub.callsOf('depositKeys')).toHaveLength(before);
  });
});

/** As the hub's own role in the database. */
async function withDatabase<T>(work: (database: pg.Client) => Promise<T>): Promise<T> {
  const database = new pg.Client({ connectionString: community.hub.databaseUrl });
  await database.connect();
  try {
    return await work(database);
  } finally {
    await database.end();
  }
}

function keyIn({ profile }: Actor): SigningKey {
  return signingKeyFromSeed(profile.signingSeed);
}

/** An officer has looked into the alarms: the channel goes on. */
async function settle({ client }: Actor): Promise<void> {
  for (const { id } of await client.alarms()) await client.settleAlarm(id, 'It was a test');
}
