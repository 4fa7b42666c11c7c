import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { generateSigningKey, sign, type SigningKey } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import {
  type ChannelId,
  type CommitReceipt,
  exportedSignedBytes,
  fromUtf8,
  LogEntryPage,
  openedSignedBytes,
  type OpenedEvent,
  type OpenedReceipt,
  type Receipt,
  RecordId,
  type Roster,
  toBase64url,
} from '#liaison/protocol';
import { HubCommunity, mustCallHub, startHub, type TestHub } from '#liaison/testing';
import {
  answerAddCheckpoint,
  cosign,
  decodeAddCheckpoint,
  decodeEntryBundle,
  decodeLogEntry,
  decodeNote,
  decodeUntrustedCheckpoint,
  encodeSignatures,
  encodeWitnessPolicy,
  type LogEntry,
  verifierKey,
  verifyCheckpoint,
  verifyLog,
  verifyReceiptProof,
  type WitnessState,
} from '#liaison/tlog';
import { nodeTreeHashing } from '#liaison/tlog.node';
import { checkLog } from '../../apps/hub/src/log/fsck.js';
import { Member } from '../hub/member.js';
import { LiveLog, policyOf } from './live-log.js';

let hub: TestHub;
let pool: pg.Pool;
let community: HubCommunity;
let roster: Roster;
let witnessKey: SigningKey;
let petrova: Member;
let nagy: Member;
let stranger: Member;
let auditor: Member;
let channel: ChannelId;
let receipts: Receipt[];
let joined: CommitReceipt;
const folder = mkdtempSync(join(tmpdir(), 'liaison-log-'));

beforeAll(async () => {
  hub = await startHub();
  pool = new pg.Pool({ connectionString: hub.database.appUrl, max: 2 });
  community = new HubCommunity(hub.url, { clock: systemClock, random: systemRandom }, ['bg', 'hu', 'iq']);
  witnessKey = generateSigningKey(systemRandom);
  community.witnesses.set('hu', witnessKey);
  roster = await community.found();
  petrova = await Member.join(hub, community, 'bg:petrova:desk-1');
  nagy = await Member.join(hub, community, 'hu:nagy:desk-1');
  stranger = await Member.join(hub, community, 'iq:hassan:desk-1', { duties: ['officer', 'auditor'] });
  auditor = await Member.join(hub, community, 'hu:kiss:audit', { duties: ['auditor'] });
  channel = await petrova.create();
  const before = await petrova.post(channel);
  joined = await petrova.add(channel, nagy);
  receipts = [before, await petrova.post(channel), await nagy.post(channel)];
  const { seq } = receipts[2]!;
  await Promise.all([petrova, nagy].map((member) => member.must('putCursor', { params: { channel }, body: { seq } })));
  await Promise.all(Array.from({ length: 6 }, () => petrova.publishKeyPackages(1)));
  for (let count = 0; count < 260; count += 1) await petrova.post(channel);
  await log(petrova).proof((await petrova.post(channel)).index);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await pool.end();
  await hub.stop();
});

const log = (member?: Member) => new LiveLog(hub.url, member?.token);

async function entriesOf(
  member: Member,
  query: Record<string, string | number> = {},
): Promise<LogEntryPage['entries']> {
  const all: LogEntryPage['entries'] = [];
  for (let from = 0; ;) {
    const page = LogEntryPage.parse(await member.must('listLogEntries', { query: { limit: 500, ...query, from } }));
    all.push(...page.entries);
    if (page.next >= page.size) return all;
    from = page.next;
  }
}

async function actsOf(member: Member, query: Record<string, string | number> = {}): Promise<LogEntry[]> {
  return (await entriesOf(member, query)).map(({ entry }) => decodeLogEntry(new TextEncoder().encode(entry)));
}

describe('the log of a hub', () => {
  it('is whole: every act once, every event with its entry, tiles and checkpoints as the entries make them', async () => {
    const check = await checkLog(pool, policyOf(roster));
    expect(check.faults).toEqual([]);
    expect(check.entries).toBeGreaterThan(280);
    expect(check.events).toBe(265);
    expect(check.checkpoints).toBeGreaterThan(1);
  });

  it('verifies over HTTP as everyone can, from the tiles alone', async () => {
    const everyone = log();
    const verified = verifyCheckpoint({ note: await everyone.note(), policy: policyOf(roster), at: systemClock.now() });
    if (verified.outcome !== 'ok') throw new Error(verified.message);
    const { checkpoint } = verified;
    expect(await verifyLog({ reader: everyone, checkpoint, entries: false, hashing: nodeTreeHashing })).toMatchObject({
      outcome: 'ok',
      size: checkpoint.size,
    });
  });

  it('verifies with the entries that concern the reader', async () => {
    for (const member of [petrova, stranger]) {
      const { text } = decodeNote(await log(member).note());
      const checkpoint = decodeUntrustedCheckpoint(text);
      const verified = await verifyLog({ reader: log(member), checkpoint, entries: true });
      if (verified.outcome !== 'ok') throw new Error(verified.message);
      expect(verified.withheld).toBeGreaterThan(0);
      if (member === petrova) expect(verified.shown).toBeGreaterThan(260);
      else expect(verified.shown).toBeLessThan(10);
    }
  });

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  (hasPython ? it : it.skip)('is accepted by a second verifier, in another language', async () => {
    const size = await log(petrova).download(folder);
    const policy = join(folder, 'policy.txt');
    writeFileSync(policy, encodeWitnessPolicy(policyOf(roster)));
    const output = execFileSync('python3', ['test/conformance/tlog_verify.py', 'log', folder, policy], {
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toMatchObject({ outcome: 'ok', size });
    const receipt = join(folder, 'receipt.json');
    writeFileSync(receipt, JSON.stringify(await log(petrova).proof(receipts[1]!.index)));
    const expectation = `headerHash=${receipts[1]!.headerHash}`;
    const args = ['test/conformance/tlog_verify.py', 'receipt', receipt, policy, '--expect', expectation];
    expect(JSON.parse(execFileSync('python3', args, { encoding: 'utf8' }))).toMatchObject({ outcome: 'ok' });
  });

  it('names who did what', async () => {
    const types = new Set((await actsOf(petrova)).map(({ type }) => type));
    for (const type of [
      'log.started',
      'roster.published',
      'session.started',
      'key-packages.published',
      'key-packages.claimed',
      'channel.created',
      'commit.ordered',
      'record.stored',
      'record.delivered',
    ] as const) {
      expect(types).toContain(type);
    }
    const commits = (await actsOf(petrova)).filter(({ type }) => type === 'commit.ordered');
    expect(commits.map(({ subject, details }) => [subject.seq, subject.device, details?.['change']])).toEqual([
      [joined.seq, undefined, undefined],
      [joined.seq, nagy.address, 'added'],
    ]);
    const delivered = (await actsOf(petrova)).filter(({ type }) => type === 'record.delivered');
    expect(delivered.flatMap(({ recipients }) => recipients).sort()).toEqual([petrova.address, nagy.address].sort());
    expect(delivered.every(({ subject }) => subject.seq === receipts[2]!.seq)).toBe(true);
  });
});

describe('a receipt', () => {
  it('is proved to its sender and to who may read the record, with nothing but the roster', async () => {
    const { index, headerHash, id, seq } = receipts[1]!;
    const expected = { type: 'record.stored', actor: petrova.address, channel, seq, headerHash } as const;
    for (const member of [petrova, nagy]) {
      const proof = await log(member).proof(index);
      const record = RecordId.parse(id);
      expect(verifyReceiptProof({ proof, policy: policyOf(roster), expected: { ...expected, record } })).toMatchObject({
        outcome: 'ok',
        index,
      });
    }
  });

  it('LOG-25 is not proved to others, nor to a member for the time before it joined', async () => {
    for (const [member, { index }] of [
      [stranger, receipts[1]!],
      [nagy, receipts[0]!],
      [petrova, { index: 1_000_000 }],
    ] as const) {
      const answer = await member.call('getLogProof', { params: { index: String(index) } });
      expect(answer).toMatchObject({ status: 404, body: { error: { check: 'LOG-25' } } });
    }
  });

  it('LOG-26 is to be asked for again where no checkpoint with so many cosignatures covers it', async () => {
    const call = { params: { index: String(receipts[1]!.index) }, query: { cosigned: 3 } };
    const answer = await petrova.call('getLogProof', call);
    expect(answer).toMatchObject({ status: 429, body: { error: { check: 'LOG-26', retryAfterMs: 1000 } } });
  });

  it('of the same record again names the same entry', async () => {
    const record = await petrova.seal(channel);
    const first = (await petrova.submit(channel, record)).body as Receipt;
    expect((await petrova.submit(channel, record)).body).toMatchObject({ index: first.index, duplicate: true });
  });
});

describe('tiles and bundles', () => {
  it('are kept for ever where they are full', async () => {
    const full = await log().fetch('tile/0/000');
    expect(full.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(full.headers.get('content-type')).toBe('application/octet-stream');
    expect((await full.arrayBuffer()).byteLength).toBe(256 * 32);
    const partial = await log().fetch('tile/0/000.p/7');
    expect(partial.headers.get('cache-control')).toBe('no-store');
    expect((await partial.arrayBuffer()).byteLength).toBe(7 * 32);
  });

  it('LOG-28 are absent beyond the newest checkpoint', async () => {
    for (const path of ['tile/0/900', 'tile/1/000', 'tile/7/000', 'tile/0/001.p/255']) {
      const answer = await log().fetch(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.json()).toMatchObject({ error: { check: 'LOG-28' } });
    }
  });

  it('have one path each', async () => {
    for (const path of ['tile/0/1', 'tile/00/000', 'tile/0/x000/000', 'tile/0/000.p/256', 'tile/0/000.p/07']) {
      const answer = await log().fetch(path);
      expect([path, answer.status]).toEqual([path, 400]);
      expect(await answer.json()).toMatchObject({ error: { check: 'LOG-13' } });
    }
  });

  it('of entries need a session', async () => {
    expect((await log().fetch('tile/entries/000')).status).toBe(401);
  });

  it('of entries hold nothing of what does not concern the reader', async () => {
    const [ofMember, ofStranger] = await Promise.all(
      [petrova, stranger].map(async (member) =>
        decodeEntryBundle((await log(member).read('tile/entries/000'))!, 256).map((entry) => fromUtf8(entry)),
      ),
    );
    const { index } = receipts[1]!;
    expect(ofMember![index]).toContain(receipts[1]!.headerHash);
    expect(ofStranger![index]).toBe('');
    expect(ofStranger!.join('')).not.toContain(channel);
    expect(ofStranger!.join('')).not.toContain('bg:');
  });
});

describe('what is listed', () => {
  it('is what concerns the caller: nothing of others, nothing of before the caller joined', async () => {
    expect((await actsOf(stranger)).every(({ subject }) => subject.channel === undefined)).toBe(true);
    const ofNagy = await actsOf(nagy);
    expect(ofNagy.some(({ subject }) => subject.seq === receipts[0]!.seq)).toBe(false);
    expect(ofNagy.some(({ subject }) => subject.seq === receipts[1]!.seq)).toBe(true);
  });

  it('to an auditor is what touches the contact point, and nothing of another', async () => {
    const audited = await actsOf(auditor);
    expect(audited.some(({ subject }) => subject.seq === receipts[2]!.seq)).toBe(true);
    expect(audited.some(({ actor, type }) => actor === nagy.address && type === 'session.started')).toBe(true);
    expect(audited.some(({ actor, type }) => actor === petrova.address && type === 'session.started')).toBe(false);
    expect(audited.some(({ subject }) => subject.seq === receipts[0]!.seq)).toBe(false);
  });

  it('can be asked for by person, record and time', async () => {
    const { id, storedAt, index } = receipts[2]!;
    expect((await actsOf(auditor, { record: id })).map(({ type }) => type)).toEqual(['record.stored', 'log.read']);
    const byPerson = await actsOf(auditor, { person: 'hu:nagy' });
    expect(byPerson.length).toBeGreaterThan(3);
    const named = byPerson.every(({ actor, subject, recipients }) =>
      [actor, subject.device, ...(recipients ?? [])].includes(nagy.address),
    );
    expect(named).toBe(true);
    const then = await entriesOf(petrova, { since: storedAt, until: storedAt });
    expect(then.map((entry) => entry.index)).toContain(index);
    expect(await entriesOf(petrova, { since: '2031-01-01T00:00:00.000Z' })).toEqual([]);
    expect(await entriesOf(petrova, { until: '2020-01-01T00:00:00.000Z' })).toEqual([]);
  });

  it('comes in pages that say where to go on', async () => {
    const page = LogEntryPage.parse(await petrova.must('listLogEntries', { query: { from: 0, limit: 2 } }));
    expect(page.entries).toHaveLength(2);
    expect(page.next).toBe((page.entries[1]?.index ?? 0) + 1);
  });
});

describe('an opened record', () => {
  function opening(member: Member, record: string, change: Partial<OpenedEvent> = {}): OpenedEvent {
    const at = new Date(systemClock.now()).toISOString();
    const said = { channel, record: RecordId.parse(record), at, purpose: 'Case 12/2026', ...change };
    return {
      ...said,
      signature: toBase64url(sign('record-opened', openedSignedBytes(member.address, said), member.device.key)),
    };
  }
  const report = async (member: Member, ...events: OpenedEvent[]) =>
    (await member.must('reportOpened', { body: { events } })) as OpenedReceipt;

  it('is in the log once, with the words and the signature of the device', async () => {
    const event = opening(nagy, receipts[1]!.id);
    const { events } = await report(nagy, event, event);
    expect(events[0]).toEqual({ index: expect.any(Number) });
    expect(events[1]).toEqual(events[0]);
    expect(await report(nagy, event, opening(nagy, receipts[2]!.id))).toEqual({
      events: [events[0], { index: expect.any(Number) }],
    });
    const acts = await actsOf(petrova, { record: event.record });
    expect(acts.filter(({ type }) => type === 'record.opened')).toEqual([
      expect.objectContaining({
        actor: nagy.address,
        purpose: 'Case 12/2026',
        details: { openedAt: event.at, signature: event.signature },
      }),
    ]);
  });

  it('OPN-01 OPN-02 OPN-03 is refused for a wrong signature, a record that is not open to the device, a time to come', async () => {
    const good = opening(nagy, receipts[1]!.id);
    const { events } = await report(
      nagy,
      { ...good, purpose: 'Another' },
      opening(petrova, receipts[1]!.id),
      opening(nagy, receipts[0]!.id),
      opening(nagy, '019aa8b2-7c00-7a4e-9f10-000000000007'),
      opening(nagy, receipts[1]!.id, { at: '2031-01-01T00:00:00.000Z' }),
      good,
    );
    expect(events.map((event) => ('refused' in event ? event.refused : 'logged'))).toEqual([
      'OPN-01',
      'OPN-01',
      'OPN-02',
      'OPN-02',
      'OPN-03',
      'logged',
    ]);
  });
});

describe('an exported record', () => {
  it('is in the log once, with authority, reason and signature; what was signed as opened does not count', async () => {
    const record = RecordId.parse(receipts[1]!.id);
    const at = new Date(systemClock.now()).toISOString();
    const said = { channel, record, at, authority: 'Budapest Court', purpose: 'Case 9/2026' };
    const signedAs = (context: string) => ({
      ...said,
      signature: toBase64url(sign(context, exportedSignedBytes(nagy.address, said), nagy.device.key)),
    });
    const report = async (...events: unknown[]) =>
      ((await nagy.must('reportExported', { body: { events } })) as OpenedReceipt).events;
    const [logged, wrong] = await report(signedAs('record-exported'), signedAs('record-opened'));
    expect([logged, wrong]).toEqual([{ index: expect.any(Number) }, { refused: 'OPN-01' }]);
    expect(await report(signedAs('record-exported'))).toEqual([logged]);
    const acts = (await actsOf(auditor, { record })).filter(({ type }) => type === 'record.exported');
    expect(acts).toMatchObject([{ actor: nagy.address, authority: 'Budapest Court', purpose: 'Case 9/2026' }]);
  });
});

describe('the exchange with witnesses', () => {
  const name = 'hub-tests/witness/hu';
  const hubLog = () => policyOf(roster).logs.map(({ key }) => key);
  let state: WitnessState = {};

  async function witness(old: number): Promise<{ size: number; lines: string }> {
    const body = await (await log().fetch(`witness-request?old=${old}`)).text();
    const at = systemClock.now();
    const step = answerAddCheckpoint({ name, key: witnessKey, logs: hubLog() }, state, { body, at });
    expect(step.answer).toMatchObject({ status: 200 });
    state = step.state;
    const { size } = decodeUntrustedCheckpoint(decodeNote(decodeAddCheckpoint(body).checkpoint).text);
    return { size, lines: step.answer.body };
  }
  const send = (size: number, cosignatures: string) =>
    petrova.call('addCosignatures', { body: { size, cosignatures } });

  it('shows it that the log only grew, and serves what it cosigned', async () => {
    const first = await witness(0);
    expect((await send(first.size, first.lines)).body).toEqual({ added: 1 });
    expect((await send(first.size, first.lines)).body).toEqual({ added: 0 });
    await log(petrova).proof((await petrova.post(channel)).index);
    const second = await witness(first.size);
    expect(second.size).toBeGreaterThan(first.size);
    await send(second.size, second.lines);
    const proof = await log(petrova).proof(receipts[1]!.index, 1);
    expect(verifyReceiptProof({ proof, policy: policyOf(roster, 1), at: systemClock.now() })).toMatchObject({
      outcome: 'ok',
      cosigned: [{ witness: name }],
    });
    const served = await (await log().fetch('checkpoint?cosigned=1')).text();
    expect(verifyCheckpoint({ note: served, policy: policyOf(roster, 1) })).toMatchObject({ outcome: 'ok' });
  });

  it('LOG-24 takes nothing that no witness of the roster has signed, and nothing from the future', async () => {
    const size = await log().size();
    const { text } = decodeNote(await log().note());
    const key = generateSigningKey(systemRandom);
    const now = Math.floor(systemClock.now() / 1000);
    for (const foreign of [cosign(text, now, name, key), cosign('other\n1\nAAAA\n', now, name, witnessKey)]) {
      const answer = await send(size, encodeSignatures([foreign]));
      expect(answer.body).toMatchObject({ error: { check: 'LOG-24' } });
    }
    const early = cosign(text, now + 600, name, witnessKey);
    expect((await send(size, encodeSignatures([early]))).body).toEqual({ added: 0 });
  });

  it('LOG-22 LOG-27 answers nothing for sizes that the log does not have', async () => {
    expect(await (await log().fetch('witness-request?old=999999')).json()).toMatchObject({
      error: { check: 'LOG-22' },
    });
    expect((await send(999_999, 'x')).body).toMatchObject({ error: { check: 'LOG-27' } });
    expect(await (await log().fetch('checkpoint?cosigned=9')).json()).toMatchObject({ error: { check: 'LOG-27' } });
  });

  it('is done with the key that the hub tells', async () => {
    const { logKey } = (await mustCallHub(hub.url, 'getHub')) as { logKey: string };
    expect(logKey).toBe(roster.hub.logKey);
    expect(hubLog()).toEqual([verifierKey('log', `${hub.url.slice('http://'.length)}/v1/log`, hubLog()[0]!.publicKey)]);
  });
});

describe('the other acts', () => {
  it('are the end of a session, a refused sign-in, a revocation list, a removal and a second joining', async () => {
    const leaver = await Member.join(hub, community, 'hu:toth:desk-1');
    await petrova.add(channel, leaver);
    const rejoined = await leaver.draftRejoin(channel);
    await leaver.accepted(channel, rejoined);
    await petrova.synchronise(channel);
    await petrova.remove(channel, leaver);
    await leaver.must('endSession');
    const crl = toBase64url(community.revocationList('hu', 1, [leaver.device]));
    await mustCallHub(hub.url, 'putRevocationList', { params: { contactPoint: 'hu' }, body: { crl } });
    await expect(community.signIn(leaver.device)).rejects.toThrow('SIN-03');
    await expect(community.signIn(leaver.device)).rejects.toThrow('SIN-03');
    const acts = await actsOf(auditor, { person: 'hu:toth' });
    expect(acts.filter(({ type }) => type === 'session.refused')).toMatchObject([
      { actor: 'hub', details: { reason: 'revoked' } },
    ]);
    expect(acts.map(({ type }) => type)).toContain('session.ended');
    const changes = acts.filter(({ type, subject }) => type === 'commit.ordered' && subject.device === leaver.address);
    expect(changes.map(({ details }) => details?.['change'])).toEqual(['added', 'rejoined', 'removed']);
    expect((await actsOf(stranger)).map(({ type }) => type)).toContain('crl.published');
  });

  it('leave the log whole', async () => {
    await log(petrova).proof((await petrova.post(channel)).index);
    expect((await checkLog(pool, policyOf(roster))).faults).toEqual([]);
  });
});
