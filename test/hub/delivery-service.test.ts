import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateSigningKey } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { epochAuthenticator } from '#liaison/mls-session';
import {
  type ChannelDetail,
  type ChannelId,
  type ChannelSummary,
  type CommitReceipt,
  newId,
  type PendingWelcome,
  toBase64url,
} from '#liaison/protocol';
import { type HubAnswer, HubCommunity, startHub, type TestHub } from '#liaison/testing';
import { Member, PROFILE } from './member.js';

let hub: TestHub;
let community: HubCommunity;
let sofia: Member;
let plovdiv: Member;
let budapest: Member;
let debrecen: Member;

beforeAll(async () => {
  hub = await startHub();
  community = new HubCommunity(hub.url, { clock: systemClock, random: systemRandom }, ['bg', 'hu', 'iq']);
  await community.found();
  sofia = await Member.join(hub, community, 'bg:petrova:desk-1');
  plovdiv = await Member.join(hub, community, 'bg:ivanov:desk-1');
  budapest = await Member.join(hub, community, 'hu:nagy:desk-1');
  debrecen = await Member.join(hub, community, 'hu:szabo:desk-1');
});
afterAll(() => hub.stop());

function mustRefuse(answer: HubAnswer, code: string, check: string): void {
  expect(answer.body).toMatchObject({ error: { code, check } });
}

async function detailOf(member: Member, channel: ChannelId): Promise<ChannelDetail> {
  return (await member.must('getChannel', { params: { channel } })) as ChannelDetail;
}

async function summaryOf(member: Member, channel: ChannelId): Promise<ChannelSummary | undefined> {
  const { channels } = (await member.must('listChannels')) as { channels: ChannelSummary[] };
  return channels.find(({ id }) => id === channel);
}

describe('creating a channel', () => {
  it('makes the creator its one member', async () => {
    const channel = await sofia.create();
    expect(await detailOf(sofia, channel)).toEqual({
      id: channel,
      epoch: 0,
      lastSeq: 0,
      from: 0,
      profile: PROFILE,
      members: [{ leafIndex: 0, device: sofia.address }],
    });
  });

  it('may be sent again by its creator, and by nobody else', async () => {
    const { id, groupInfo } = await sofia.draftGroup();
    const body = { groupInfo: toBase64url(groupInfo) };
    const first = await sofia.must('createChannel', { body });
    expect(await sofia.must('createChannel', { body })).toEqual(first);
    const other = await plovdiv.draftGroup(PROFILE, id);
    const again = await plovdiv.call('createChannel', { body: { groupInfo: toBase64url(other.groupInfo) } });
    mustRefuse(again, 'conflict', 'CHN-09');
  });

  it.each([
    ['a ceiling above the clearance', 'CHN-20', { ceiling: 'SECRET' }],
    ['a profile without the creator', 'CHN-16', { releasableTo: ['hu'], roles: { hu: ['administer'] } }],
    ['a creator that may not administer', 'CHN-16', { roles: { bg: ['post'], hu: ['administer'] } }],
    ['a contact point that does not exist', 'CHN-05', { releasableTo: ['bg', 'hu', 'xx'] }],
    ['roles of a contact point outside', 'CHN-07', { roles: { ...PROFILE.roles, iq: ['read'] } }],
    ['a contact point twice', 'CHN-06', { releasableTo: ['bg', 'bg', 'hu'] }],
    ['a post-quantum suite', 'CHN-08', { postQuantum: true }],
    ['a home of two contact points', 'CHN-32', { kind: 'home' }],
    ['a home of another contact point', 'CHN-16', { kind: 'home', releasableTo: ['hu'], roles: { hu: ['post'] } }],
  ])('refuses %s', async (_, check, change) => {
    const { groupInfo } = await sofia.draftGroup({ ...PROFILE, ...(change as object) });
    const answer = await sofia.call('createChannel', { body: { groupInfo: toBase64url(groupInfo) } });
    mustRefuse(answer, 'not-allowed', check);
  });

  it('refuses a GroupInfo that is not base64url without padding', async () => {
    // The last character carries bits beyond the last byte, so the text is not what these bytes are written as.
    for (const groupInfo of ['AB', 'A']) {
      mustRefuse(await sofia.call('createChannel', { body: { groupInfo } }), 'malformed', 'CHN-30');
    }
  });

  it('refuses another device’s group, a foreign id, a later epoch, an external sender that is not the hub', async () => {
    const { groupInfo } = await sofia.draftGroup();
    const others = await plovdiv.call('createChannel', { body: { groupInfo: toBase64url(groupInfo) } });
    mustRefuse(others, 'malformed', 'CHN-03');
    const named = await sofia.draftGroup(PROFILE, 'our channel');
    const foreign = await sofia.call('createChannel', { body: { groupInfo: toBase64url(named.groupInfo) } });
    mustRefuse(foreign, 'malformed', 'CHN-01');
    const group = await sofia.draftGroup();
    const later = await sofia.mls.commitUpdate(group.state);
    const atOne = await sofia.call('createChannel', { body: { groupInfo: toBase64url(later.groupInfo) } });
    mustRefuse(atOne, 'malformed', 'CHN-02');
    const captured = await sofia.mls.createGroup({
      ...sofia.signer,
      groupId: new TextEncoder().encode(newId(systemClock, systemRandom)),
      profile: PROFILE,
      externalSenderKey: generateSigningKey(systemRandom).publicKey,
    });
    const answer = await sofia.call('createChannel', { body: { groupInfo: toBase64url(captured.groupInfo) } });
    mustRefuse(answer, 'malformed', 'CHN-04');
  });
});

describe('ordering commits', () => {
  it('adds members, who then share the group', async () => {
    const channel = await sofia.create();
    const receipt = await sofia.add(channel, budapest, plovdiv);
    expect(receipt).toMatchObject({ channel, seq: 1, epoch: 1, duplicate: false });
    expect((await detailOf(budapest, channel)).members.map(({ device }) => device).sort()).toEqual(
      [sofia, budapest, plovdiv].map(({ address }) => address).sort(),
    );
    expect(epochAuthenticator(budapest.state(channel))).toEqual(epochAuthenticator(sofia.state(channel)));
    expect((await budapest.events(channel)).events).toMatchObject([
      { type: 'commit', seq: 1, epoch: 0, committer: sofia.address },
    ]);
  });

  it('answers the same commit again with its first receipt', async () => {
    const channel = await sofia.create();
    const drafted = await sofia.draftAdd(channel, budapest);
    const first = await sofia.submitCommit(channel, drafted);
    const again = await sofia.submitCommit(channel, drafted);
    expect(again.body).toEqual({ ...(first.body as CommitReceipt), duplicate: true });
    expect((await sofia.events(channel)).lastSeq).toBe(1);
  });

  it('lets exactly one of many concurrent commits win; the others go on after it', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest, plovdiv, debrecen);
    const members = [sofia, budapest, plovdiv, debrecen];
    const drafts = await Promise.all(members.map((member) => member.mls.commitUpdate(member.state(channel))));
    const answers = await Promise.all(members.map((member, index) => member.submitCommit(channel, drafts[index]!)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status !== 200) mustRefuse(answer, 'stale-epoch', 'REC-05');
    }
    const winner = answers.findIndex(({ status }) => status === 200);
    for (const [index, member] of members.entries()) {
      if (index === winner) member.groups.set(channel, drafts[index]!.pending);
      else await member.synchronise(channel);
    }
    const loser = members[(winner + 1) % members.length]!;
    await expect(loser.accepted(channel, await loser.mls.commitUpdate(loser.state(channel)))).resolves.toMatchObject({
      seq: 3,
      epoch: 3,
    });
  });

  it('orders commits and records in one sequence: a record of the epoch before is stale', async () => {
    const channel = await sofia.create();
    const late = await sofia.seal(channel);
    await sofia.post(channel);
    await sofia.add(channel, budapest);
    mustRefuse(await sofia.submit(channel, late), 'stale-epoch', 'REC-05');
    await expect(budapest.post(channel)).resolves.toMatchObject({ seq: 3 });
    expect((await sofia.events(channel)).events.map(({ type }) => type)).toEqual(['record', 'commit', 'record']);
  });

  it('lets a member that lost its state join again in place of its own leaf', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest, debrecen);
    await sofia.post(channel);
    const back = await budapest.draftRejoin(channel);
    await budapest.accepted(channel, back);
    await expect(budapest.post(channel)).resolves.toMatchObject({ seq: 4 });
    // The interval stays open: what was said before the re-join can still be fetched.
    expect((await budapest.events(channel)).events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect((await detailOf(sofia, channel)).members).toHaveLength(3);
  });

  it('changes the profile within the rules', async () => {
    const channel = await sofia.create();
    const wider = { ...PROFILE, releasableTo: [...PROFILE.releasableTo, 'iq'] } as typeof PROFILE;
    await sofia.accepted(channel, await sofia.mls.commitProfile(sofia.state(channel), wider));
    expect((await detailOf(sofia, channel)).profile).toEqual(wider);
    const drill = await sofia.mls.commitProfile(sofia.state(channel), { ...wider, exercise: true });
    mustRefuse(await sofia.submitCommit(channel, drill), 'not-allowed', 'CHN-25');
    const higher = await sofia.mls.commitProfile(sofia.state(channel), { ...wider, ceiling: 'CONFIDENTIAL' });
    mustRefuse(await sofia.submitCommit(channel, higher), 'not-allowed', 'CHN-25');
    mustRefuse(
      await sofia.submitCommit(channel, await sofia.mls.commitProfile(sofia.state(channel), PROFILE)),
      'not-allowed',
      'CHN-25',
    );
  });

  it('sets four eyes and makes them stricter, and never loosens them (CHN-31)', async () => {
    const channel = await sofia.create();
    const change = async (fourEyes: typeof PROFILE.fourEyes) => {
      const { fourEyes: _, ...rest } = PROFILE;
      return sofia.mls.commitProfile(sofia.state(channel), fourEyes === undefined ? rest : { ...rest, fourEyes });
    };
    await sofia.accepted(channel, await change({ classification: 'CONFIDENTIAL' }));
    await sofia.accepted(channel, await change({ classification: 'RESTRICTED', priority: 'urgent' }));
    const looser = [
      undefined,
      { classification: 'RESTRICTED' as const },
      { priority: 'routine' as const },
      { classification: 'CONFIDENTIAL' as const, priority: 'urgent' as const },
      { classification: 'RESTRICTED' as const, priority: 'flash' as const },
    ];
    for (const fourEyes of looser) {
      mustRefuse(await sofia.submitCommit(channel, await change(fourEyes)), 'not-allowed', 'CHN-31');
    }
    await sofia.accepted(channel, await change({ classification: 'UNCLASSIFIED', priority: 'routine' }));
  });

  it('gives less and less of its past, and never more (CHN-36)', async () => {
    const channel = await sofia.create();
    const change = (history: NonNullable<typeof PROFILE.history>) =>
      sofia.mls.commitProfile(sofia.state(channel), { ...PROFILE, history });
    mustRefuse(await sofia.submitCommit(channel, await change({ rule: 'full' })), 'not-allowed', 'CHN-36');
    mustRefuse(await sofia.submitCommit(channel, await change({ rule: 'per-item' })), 'not-allowed', 'CHN-36');
    await sofia.accepted(channel, await change({ rule: 'from-join' }));
  });

  it('keeps a home channel to one contact point (CHN-32)', async () => {
    const home = { ...PROFILE, kind: 'home', releasableTo: PROFILE.releasableTo.slice(0, 1) } as typeof PROFILE;
    const roles = { bg: ['administer' as const] };
    const channel = await sofia.create({ ...home, roles });
    const wider = { ...home, roles, releasableTo: PROFILE.releasableTo };
    const drafted = await sofia.mls.commitProfile(sofia.state(channel), wider);
    mustRefuse(await sofia.submitCommit(channel, drafted), 'not-allowed', 'CHN-32');
  });

  it('changes hands between those who are in it, and is left to nobody else (CHN-16)', async () => {
    const channel = await sofia.create();
    const roles = { bg: ['post', 'read'], hu: ['administer', 'post', 'read'] };
    const handedOver = { ...PROFILE, roles } as typeof PROFILE;
    const tooEarly = await sofia.mls.commitProfile(sofia.state(channel), handedOver);
    mustRefuse(await sofia.submitCommit(channel, tooEarly), 'not-allowed', 'CHN-16');
    await sofia.add(channel, budapest);
    await sofia.accepted(channel, await sofia.mls.commitProfile(sofia.state(channel), handedOver));
    const back = await sofia.mls.commitProfile(sofia.state(channel), PROFILE);
    mustRefuse(await sofia.submitCommit(channel, back), 'not-allowed', 'CHN-16');
  });

  it('does not let a profile shut out members that are still there', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest);
    const narrow = {
      ...PROFILE,
      releasableTo: PROFILE.releasableTo.slice(0, 1),
      roles: { bg: ['administer' as const] },
    };
    const drafted = await sofia.mls.commitProfile(sofia.state(channel), narrow);
    mustRefuse(await sofia.submitCommit(channel, drafted), 'not-allowed', 'CHN-25');
  });
});

describe('refusing commits', () => {
  it('of a member that may not administer', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest);
    const added = await budapest.draftAdd(channel, debrecen);
    mustRefuse(await budapest.submitCommit(channel, added), 'not-allowed', 'CHN-16');
    const removed = await budapest.draftRemove(channel, sofia);
    mustRefuse(await budapest.submitCommit(channel, removed), 'not-allowed', 'CHN-16');
  });

  it('that another device submits', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest);
    const drafted = await sofia.mls.commitUpdate(sofia.state(channel));
    mustRefuse(await budapest.submitCommit(channel, drafted), 'not-allowed', 'CHN-13');
  });

  it('that add a contact point outside the profile, a device of too low clearance, a member twice', async () => {
    const channel = await sofia.create();
    const baghdad = await Member.join(hub, community, 'iq:hassan:desk-1');
    const foreign = await sofia.draftAdd(channel, baghdad);
    mustRefuse(await sofia.submitCommit(channel, foreign), 'not-allowed', 'CHN-19');
    const junior = await Member.join(hub, community, 'hu:junior:desk-1', { clearance: 'UNCLASSIFIED' });
    const low = await sofia.draftAdd(channel, junior);
    mustRefuse(await sofia.submitCommit(channel, low), 'not-allowed', 'CHN-20');
  });

  it('that come with the Welcome or the GroupInfo of another commit', async () => {
    const channel = await sofia.create();
    const forBudapest = await sofia.draftAdd(channel, budapest);
    const forDebrecen = await sofia.draftAdd(channel, debrecen);
    const swapped = { ...forBudapest, welcome: forDebrecen.welcome };
    mustRefuse(await sofia.submitCommit(channel, swapped), 'malformed', 'CHN-22');
    const { welcome: _, ...without } = forBudapest;
    mustRefuse(await sofia.submitCommit(channel, without), 'malformed', 'CHN-22');
    const locked = { ...forBudapest, groupInfo: forDebrecen.groupInfo };
    mustRefuse(await sofia.submitCommit(channel, locked), 'integrity', 'FRM-25');
  });

  it('for another channel', async () => {
    const [one, other] = [await sofia.create(), await sofia.create()];
    const drafted = await sofia.mls.commitUpdate(sofia.state(one));
    mustRefuse(await sofia.submitCommit(other, drafted), 'malformed', 'CHN-11');
  });

  it('with an altered signature', async () => {
    const channel = await sofia.create();
    const drafted = await sofia.mls.commitUpdate(sofia.state(channel));
    const altered = drafted.commit.slice();
    // The signature stands before confirmation tag (33 bytes) and membership tag (33 bytes).
    altered[altered.length - 70] = (altered[altered.length - 70] ?? 0) ^ 1;
    mustRefuse(await sofia.submitCommit(channel, { ...drafted, commit: altered }), 'bad-signature', 'FRM-24');
  });
});

describe('who reads what', () => {
  it('gives a joiner what came with and after its joining', async () => {
    const channel = await sofia.create();
    await sofia.post(channel);
    await sofia.post(channel);
    await sofia.add(channel, budapest);
    await sofia.post(channel);
    expect(await summaryOf(budapest, channel)).toMatchObject({ from: 3, lastSeq: 4, epoch: 1 });
    expect((await budapest.events(channel)).events.map(({ seq }) => seq)).toEqual([3, 4]);
    const [first] = (await sofia.events(channel)).events;
    if (first?.type !== 'record') throw new Error('a record is expected first');
    const { id } = JSON.parse(first.record.header) as { id: string };
    mustRefuse(await budapest.call('getRecord', { params: { channel, record: id } }), 'not-found', 'REC-12');
    expect(await sofia.must('getRecord', { params: { channel, record: id } })).toEqual(first);
  });

  it('gives a removed member everything up to its removal and nothing after', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest, plovdiv);
    const before = await sofia.post(channel);
    await sofia.remove(channel, budapest);
    const after = await sofia.post(channel);
    const { events, lastSeq } = await budapest.events(channel);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(lastSeq).toBe(3);
    expect(await summaryOf(budapest, channel)).toMatchObject({ until: 3, lastSeq: 3 });
    expect((await budapest.events(channel, 3)).events).toEqual([]);
    await budapest.must('getRecord', { params: { channel, record: before.id } });
    mustRefuse(await budapest.call('getRecord', { params: { channel, record: after.id } }), 'not-found', 'REC-12');
    mustRefuse(await budapest.submit(channel, await budapest.seal(channel)), 'not-found', 'CHN-10');
    mustRefuse(await budapest.call('getChannel', { params: { channel } }), 'not-found', 'CHN-10');
    mustRefuse(await budapest.call('getGroupInfo', { params: { channel } }), 'not-found', 'CHN-10');
    const commit = await budapest.mls.commitUpdate(budapest.state(channel));
    mustRefuse(await budapest.submitCommit(channel, commit), 'not-found', 'CHN-10');
  });

  it('hides from a member that comes back what was said while it was away', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, debrecen);
    await sofia.remove(channel, debrecen);
    await sofia.post(channel);
    await sofia.add(channel, debrecen);
    await sofia.post(channel);
    expect((await debrecen.events(channel)).events.map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await debrecen.events(channel, 2)).events.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(await summaryOf(debrecen, channel)).toMatchObject({ from: 4, lastSeq: 5 });
  });

  it('answers for other people’s channels as for channels that do not exist', async () => {
    const [theirs, nowhere] = [await sofia.create(), newId(systemClock, systemRandom) as ChannelId];
    const record = newId(systemClock, systemRandom);
    const routes = ['getChannel', 'getGroupInfo', 'getDelivery', 'listEvents', 'getRecord', 'putCursor'] as const;
    for (const route of routes) {
      const answers: unknown[] = [];
      for (const channel of [theirs, nowhere]) {
        const body = route === 'putCursor' ? { seq: 0 } : undefined;
        const { status, body: answer } = await budapest.call(route, { params: { channel, record }, body });
        const { error } = answer as { error: { requestId: string } };
        answers.push({ status, error: { ...error, requestId: '' } });
      }
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]).toMatchObject({ status: 404, error: { code: 'not-found', check: 'CHN-10' } });
    }
  });

  it('pages by count and by size, without a gap', async () => {
    const channel = await sofia.create();
    for (let index = 0; index < 7; index += 1) await sofia.post(channel);
    const seqs: number[] = [];
    for (let after = 0; ;) {
      const page = await sofia.events(channel, after, 3);
      if (page.events.length === 0) break;
      expect(page.events.length).toBeLessThanOrEqual(3);
      seqs.push(...page.events.map(({ seq }) => seq));
      after = seqs.at(-1)!;
    }
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('Welcomes', () => {
  it('wait until the device has ended them', async () => {
    const channel = await sofia.create();
    await sofia.accepted(channel, await sofia.draftAdd(channel, debrecen));
    const waiting = (await debrecen.waitingWelcomes()).filter((welcome) => welcome.channel === channel);
    expect(waiting).toMatchObject([{ channel, seq: 1, epoch: 1 } satisfies Partial<PendingWelcome>]);
    await debrecen.must('endWelcome', { params: { welcome: waiting[0]!.id } });
    await debrecen.must('endWelcome', { params: { welcome: waiting[0]!.id } });
    expect((await debrecen.waitingWelcomes()).filter((welcome) => welcome.channel === channel)).toEqual([]);
  });

  it('are not ended by others, and go away with the membership', async () => {
    const channel = await sofia.create();
    await sofia.accepted(channel, await sofia.draftAdd(channel, debrecen));
    const [waiting] = (await debrecen.waitingWelcomes()).filter((welcome) => welcome.channel === channel);
    await budapest.must('endWelcome', { params: { welcome: waiting!.id } });
    expect((await debrecen.waitingWelcomes()).some(({ id }) => id === waiting!.id)).toBe(true);
    await sofia.remove(channel, debrecen);
    expect((await debrecen.waitingWelcomes()).some(({ id }) => id === waiting!.id)).toBe(false);
  });
});

describe('delivery cursors', () => {
  it('move forward only, and are seen by the members', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest);
    await sofia.post(channel);
    const move = (seq: number) => budapest.call('putCursor', { params: { channel }, body: { seq } });
    expect((await move(2)).body).toEqual({ seq: 2 });
    expect((await move(1)).body).toEqual({ seq: 2 });
    mustRefuse(await move(3), 'not-allowed', 'CUR-01');
    const report = await sofia.must('getDelivery', { params: { channel } });
    expect(report).toMatchObject({ cursors: [{ device: budapest.address, seq: 2 }] });
  });
});

describe('leaving a channel', () => {
  it('ends the delivery at once, and the membership in the same moment', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest, plovdiv);
    const { seq } = await mustLeave(budapest, channel);
    expect(await mustLeave(budapest, channel)).toEqual({ channel, seq });
    expect(await summaryOf(budapest, channel)).toMatchObject({ until: seq });
    const update = await sofia.mls.commitUpdate(sofia.state(channel));
    await sofia.accepted(channel, update);
    expect((await budapest.events(channel)).events.map((event) => event.seq)).toEqual([1, seq]);
    mustRefuse(await budapest.call('getGroupInfo', { params: { channel } }), 'not-found', 'CHN-10');
    expect((await detailOf(sofia, channel)).members).toHaveLength(2);
    const late = await budapest.mls.commitUpdate(budapest.state(channel));
    mustRefuse(await budapest.submitCommit(channel, late), 'not-found', 'CHN-10');
  });

  it('is refused where another signed, of another leaf, of another time', async () => {
    const channel = await sofia.create();
    await sofia.add(channel, budapest);
    const other = await sofia.create();
    await sofia.add(other, budapest);
    const wrong = [
      budapest.leaving(channel, { key: sofia.device.key }),
      budapest.leaving(other),
      budapest.leaving(channel, { leaf: sofia.leafKey(channel) }),
      budapest.leaving(channel, { seq: 0 }),
      budapest.leaving(channel, { seq: 2 }),
    ];
    for (const body of wrong)
      expect(await budapest.must('leaveChannel', { params: { channel }, body })).toEqual({ refused: 'CHN-37' });
    mustRefuse(
      await debrecen.call('leaveChannel', { params: { channel }, body: budapest.leaving(channel) }),
      'not-found',
      'CHN-10',
    );
  });

  it('is refused in the name of a leaf that is of another key, or whose removal is proposed already', async () => {
    const [address, key] = ['hu:kiss:desk-1', generateSigningKey(systemRandom)];
    const notBefore = Math.floor(systemClock.now() / 1000) * 1000 - 2 * 60_000;
    const first = await Member.join(hub, community, address, { key, notBefore });
    const channel = await sofia.create();
    await sofia.add(channel, first);
    const leave = async (by: Member) => {
      const body = first.leaving(channel, { key: by.device.key });
      return by.must('leaveChannel', { params: { channel }, body });
    };
    expect(await leave(await Member.join(hub, community, address))).toEqual({ refused: 'CHN-37' });
    const renewed = await Member.join(hub, community, address, { key });
    const crl = toBase64url(community.revocationList('hu', 100, [first.device]));
    await sofia.must('putRevocationList', { params: { contactPoint: 'hu' }, body: { crl } });
    await until(async () => (await sofia.events(channel)).lastSeq === 2);
    expect(await leave(renewed)).toEqual({ refused: 'CHN-38' });
  });
});

async function mustLeave(member: Member, channel: ChannelId): Promise<{ seq: number }> {
  const body = member.leaving(channel);
  return (await member.must('leaveChannel', { params: { channel }, body })) as { seq: number };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It did not come to that.');
}
