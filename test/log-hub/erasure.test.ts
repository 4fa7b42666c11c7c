import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { sign } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  ChannelProfile,
  type ChannelEvent,
  type ChannelId,
  erasureSignedBytes,
  type ErasureOrder,
  holdSignedBytes,
  newId,
  type Receipt,
  RecordId,
  type Roster,
  toBase64url,
} from '#liaison/protocol';
import { callHub, HubCommunity, MovableClock, startHub, type TestHub } from '#liaison/testing';
import { checkLog } from '../../apps/hub/src/log/fsck.js';
import { Member, PROFILE } from '../hub/member.js';
import { policyOf } from './live-log.js';

const DAY = 24 * 60 * 60 * 1000;
const clock = new MovableClock();
let hub: TestHub;
let pool: pg.Pool;
let community: HubCommunity;
let roster: Roster;
let petrova: Member;
let nagy: Member;
let officer: Member;
let channel: ChannelId;
let inCustody: ChannelId;
let old: Receipt;
let custody: Receipt;
let kept: Receipt;
let short: ChannelId;
let ruled: Receipt;

beforeAll(async () => {
  hub = await startHub({ clock });
  pool = new pg.Pool({ connectionString: hub.database.appUrl, max: 2 });
  community = new HubCommunity(hub.url, { clock, random: systemRandom }, ['bg', 'hu']);
  roster = await community.found();
  petrova = await Member.join(hub, community, 'bg:petrova:desk-1', { duties: ['officer', 'administrator'] });
  officer = await Member.join(hub, community, 'bg:ivanov:desk-1', { duties: ['officer'] });
  nagy = await Member.join(hub, community, 'hu:nagy:desk-1', { duties: ['officer', 'administrator'] });
  channel = await petrova.create();
  await petrova.add(channel, nagy, officer);
  inCustody = await petrova.create(ChannelProfile.parse({ ...PROFILE, custody: 'required' }));
  old = await posted(channel, 1);
  kept = await posted(channel, 30);
  custody = await posted(inCustody, 1);
  short = await petrova.create(ChannelProfile.parse({ ...PROFILE, retention: { reviewDays: 1 } }));
  ruled = await posted(short, 365);
  clock.advance(2 * DAY);
}, 120_000);
afterAll(async () => {
  await pool.end();
  await hub.stop();
});

async function posted(where: ChannelId, reviewDays: number): Promise<Receipt> {
  return (await petrova.submit(where, await petrova.seal(where, { retention: { reviewDays } }))).body as Receipt;
}

function order(member: Member, record: string, change: Partial<ErasureOrder> = {}, where = channel): ErasureOrder {
  const at = new Date(clock.now()).toISOString();
  const said = { record: RecordId.parse(record), at, purpose: 'Case 12/2026 is closed.', ...change };
  const signed = erasureSignedBytes(member.address, { channel: where, ...said });
  return { ...said, signature: toBase64url(sign('record-erasure', signed, member.device.key)) };
}

async function erase(member: Member, orders: readonly ErasureOrder[], where = channel) {
  const { token } = await community.signIn(member.device);
  return callHub(hub.url, 'eraseRecords', { params: { channel: where }, body: { orders }, token });
}
const outcome = async (member: Member, one: ErasureOrder, where = channel) =>
  ((await erase(member, [one], where)).body as { orders: unknown[] }).orders[0];
const bodies = async () => (await pool.query('SELECT FROM record_bodies')).rowCount;

async function heldBy(member: Member): Promise<unknown> {
  const at = new Date(clock.now()).toISOString();
  const id = newId(clock, systemRandom);
  const said = { id, channel, records: [RecordId.parse(kept.id)], reason: 'A case', authority: 'A court', at };
  const signature = toBase64url(sign('legal-hold', holdSignedBytes(member.address, said), member.device.key));
  const { token } = await community.signIn(member.device);
  return (await callHub(hub.url, 'placeHold', { body: { ...said, signature }, token })).body;
}

describe('an order to erase', () => {
  it('RET-01 is refused unsigned, signed by another device, for another channel, and from the future', async () => {
    const good = order(petrova, old.id);
    const from = new Date(clock.now() + 3 * DAY).toISOString();
    for (const wrong of [
      { ...good, purpose: 'Another reason' },
      order(nagy, old.id),
      order(petrova, old.id, {}, inCustody),
      order(petrova, old.id, { at: from }),
    ]) {
      expect(await outcome(petrova, wrong)).toEqual({ refused: 'RET-01' });
    }
  });

  it('RET-02 is refused for what does not exist', async () => {
    expect(await outcome(petrova, order(petrova, newId(clock, systemRandom)))).toEqual({ refused: 'RET-02' });
  });

  it('RET-03 is refused to a contact point that does not administer the channel, and to an officer who is no administrator', async () => {
    expect(await outcome(nagy, order(nagy, old.id))).toEqual({ refused: 'RET-03' });
    expect(await outcome(officer, order(officer, old.id))).toEqual({ refused: 'RET-03' });
  });

  it('RET-04 is refused before the review is due, also where it is dated back or ahead', async () => {
    expect(await outcome(petrova, order(petrova, kept.id))).toEqual({ refused: 'RET-04' });
    const early = new Date(clock.now() - 2 * DAY).toISOString();
    expect(await outcome(petrova, order(petrova, old.id, { at: early }))).toEqual({ refused: 'RET-04' });
  });

  it('is due by the channel’s rule of today, where that is shorter than what the sender said', async () => {
    const one = order(petrova, ruled.id, {}, short);
    expect(await outcome(petrova, one, short)).toEqual({ index: expect.any(Number) });
  });

  it('RET-05 is refused where the channel keeps its records under custody', async () => {
    const one = order(petrova, custody.id, {}, inCustody);
    expect(await outcome(petrova, one, inCustody)).toEqual({ refused: 'RET-05' });
  });

  it('is refused as if there were no channel to who is not in it', async () => {
    expect((await erase(nagy, [order(nagy, custody.id, {}, inCustody)], inCustody)).status).toBe(404);
    expect(await bodies()).toBe(3);
  });

  it('is carried out once: body gone, everything else there, in the log', async () => {
    const both = await erase(petrova, [order(petrova, old.id), order(petrova, kept.id)]);
    expect(both.body).toEqual({ orders: [{ index: expect.any(Number) }, { refused: 'RET-04' }] });
    const [first, second] = await Promise.all([1, 2].map(() => outcome(petrova, order(petrova, old.id))));
    expect(first).toEqual(second);
    expect(await bodies()).toBe(2);
    const { token } = await community.signIn(nagy.device);
    const call = { params: { channel, record: old.id }, token };
    const event = (await callHub(hub.url, 'getRecord', call)).body as ChannelEvent;
    expect(event).toMatchObject({
      type: 'erased-record',
      seq: old.seq,
      chain: old.chain,
      erasure: { device: petrova.address, purpose: 'Case 12/2026 is closed.' },
    });
    const check = await checkLog(pool, policyOf(roster));
    expect(check).toMatchObject({ faults: [], erased: 2 });
  });

  it('is told to those who could read the record, from where they are', async () => {
    const { token } = await community.signIn(nagy.device);
    const page = (await callHub(hub.url, 'listErasures', { token })).body as { next: number; erasures: unknown[] };
    expect(page.erasures).toHaveLength(1);
    const rest = await callHub(hub.url, 'listErasures', { query: { from: page.next }, token });
    expect(rest.body).toEqual({ erasures: [], next: page.next });
    const stranger = await Member.join(hub, community, 'hu:toth:desk-1');
    expect((await stranger.call('listErasures')).body).toEqual({ erasures: [], next: 0 });
  });

  it('RET-06 is refused under a legal hold, by hub and database; the log shows a hold that was made to disappear', async () => {
    expect(await heldBy(nagy)).toEqual({ index: expect.any(Number) });
    expect(await heldBy(officer)).toEqual({ refused: 'HLD-02' });
    clock.advance(40 * DAY);
    expect(await outcome(petrova, order(petrova, kept.id))).toEqual({ refused: 'RET-06' });
    const admin = new pg.Client({ connectionString: hub.database.adminUrl });
    await admin.connect();
    const disappeared =
      'ALTER TABLE legal_holds DISABLE TRIGGER ALL; CREATE TEMP TABLE mine AS TABLE legal_holds; DELETE FROM legal_holds';
    await admin.query(disappeared);
    expect(await outcome(petrova, order(petrova, kept.id))).toEqual({ index: expect.any(Number) });
    const { faults } = await checkLog(pool, policyOf(roster));
    expect(faults).toEqual(['1 legal holds that the log shows are not there, or stand otherwise.']);
    await admin.query('INSERT INTO legal_holds TABLE mine');
    await admin.end();
    const back = await checkLog(pool, policyOf(roster));
    expect(back.faults).toEqual([
      `Event ${kept.seq} of channel ${channel} was erased while a legal hold was in force.`,
    ]);
  });

  it('is what the database itself asks for before a body goes', async () => {
    const owner = new pg.Client({ connectionString: hub.database.ownerUrl });
    await owner.connect();
    await expect(owner.query('DELETE FROM record_bodies')).rejects.toThrow('kept until its erasure is ordered');
    await owner.end();
    await expect(pool.query('SELECT erase_bodies($1, $2)', [inCustody, [custody.seq]])).rejects.toThrow('is ordered');
    await expect(pool.query('DELETE FROM record_bodies')).rejects.toThrow('permission denied');
  });
});
