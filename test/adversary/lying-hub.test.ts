import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assembleSignedRoster, coSign } from '#liaison/client';
import {
  type ChannelDetail,
  type ChannelEvent,
  type ChannelId,
  decodeHeader,
  decodeUntrustedRoster,
  encodeHeader,
  encodeRoster,
  type EventPage,
  type Receipt,
  type SignedRoster,
  toBase64url,
} from '#liaison/protocol';
import { type Actor, type Community, mustCallHub, positionOf, rewriteHistory, startCommunity } from '#liaison/testing';

type Recorded = Extract<ChannelEvent, { type: 'record' }>;

let community: Community;
let channel: ChannelId;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;

beforeAll(async () => {
  community = await startCommunity();
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());

/** Sofia, Budapest and Skopje in a fresh channel; Budapest is the one who is lied to. */
beforeEach(async () => {
  for (const each of [sofia, budapest, skopje]) {
    each.hub.tellTruth();
    await each.starts();
  }
  channel = await sofia.opensChannelWith([budapest, skopje]);
});

function mustBeDisputed(): Promise<void> {
  return budapest.client.channel(channel).then(({ standing }) => {
    expect(standing).not.toBe('good');
  });
}

describe('a hub that changes the history', () => {
  it('by showing a record twice is noticed', async () => {
    await sofia.mustSend(channel, 'Once');
    await rewriteHistory(budapest, channel, (events) => [...events, ...events]);
    await budapest.mustRead(channel, 'Once');
    await budapest.mustSeeAlarm('CLI-06');
    await mustBeDisputed();
  });

  it('by leaving a place empty is noticed, and nothing after it is read before it is filled', async () => {
    await sofia.mustSend(channel, 'One');
    await sofia.mustSend(channel, 'Two');
    budapest.hub.lieAbout('listEvents', (answer) => {
      const page = answer as EventPage;
      return { ...page, events: page.events.slice(1) };
    });
    await budapest.mustNotRead(channel, 'Two');
    await budapest.mustSeeAlarm('CLI-04');
    budapest.hub.tellTruth();
    await budapest.syncs();
    expect(await budapest.subjects(channel)).toEqual(['One', 'Two']);
  });

  it('by holding back what it says exists is noticed', async () => {
    await sofia.mustSend(channel, 'Held back');
    budapest.hub.lieAbout('listEvents', (answer) => ({ ...(answer as EventPage), events: [] }));
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-04');
  });

  it('by dropping a record and closing the gap is noticed with the next record of any member', async () => {
    await sofia.mustSend(channel, 'Dropped');
    await skopje.syncs();
    await skopje.mustSend(channel, 'What do you think of it?');
    await rewriteHistory(budapest, channel, (events) => events.slice(1));
    await budapest.syncs();
    expect(await budapest.subjects(channel)).toEqual(['What do you think of it?']);
    await budapest.mustSeeAlarm('CLI-09');
  });

  it('by dropping an old record is noticed by the place that its sender had seen', async () => {
    await sofia.mustSend(channel, 'Dropped');
    await sofia.mustSend(channel, 'Kept');
    await sofia.mustSend(channel, 'Kept too');
    await rewriteHistory(budapest, channel, (events) => events.slice(1));
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-09');
    await mustBeDisputed();
  });

  it('by changing the order is noticed', async () => {
    await sofia.mustSend(channel, 'First');
    await skopje.mustSend(channel, 'Second');
    await skopje.syncs();
    await skopje.mustSend(channel, 'Third');
    await rewriteHistory(budapest, channel, ([first, second, ...rest]) =>
      [second, first, ...rest].filter((event) => event !== undefined),
    );
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-08');
  });

  it('by telling two members different things is noticed as soon as one reads the other', async () => {
    await sofia.mustSend(channel, 'For all');
    await skopje.mustSend(channel, 'Not for Budapest');
    await rewriteHistory(budapest, channel, (events) => events.slice(0, 1));
    await budapest.syncs();
    expect(await budapest.client.alarms(channel)).toEqual([]);
    budapest.hub.tellTruth();
    await sofia.mustSend(channel, 'Padding, so that places agree');
    await sofia.syncs();
    await sofia.mustSend(channel, 'I have seen all');
    await rewriteHistory(budapest, channel, (events) => events.slice(1));
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-09');
  });

  it('by claiming another hash than follows is noticed', async () => {
    await sofia.mustSend(channel, 'True');
    budapest.hub.lieAbout('listEvents', (answer) => {
      const page = answer as EventPage;
      return {
        ...page,
        events: page.events.map((event) => ({ ...event, chain: toBase64url(new Uint8Array(32).fill(7)) })),
      };
    });
    await budapest.mustRead(channel, 'True');
    await budapest.mustSeeAlarm('CLI-07');
  });

  it('by an event that cannot be hashed gets no new start for its own hashes', async () => {
    await sofia.mustSend(channel, 'One');
    await sofia.mustSend(channel, 'Two');
    await budapest.syncs();
    const { seq, chain } = await positionOf(budapest, channel);
    const { token } = await sofia.client.signIn();
    const call = { params: { channel }, query: { after: seq - 2, limit: 10 }, token };
    const { events } = (await mustCallHub(community.hub.url, 'listEvents', call)) as EventPage;
    const own = toBase64url(new Uint8Array(32).fill(7));
    budapest.hub.lieAbout('listEvents', (answer, request) => {
      if (request.params?.['channel'] !== channel || request.query?.['after'] !== seq) return answer;
      const [event] = events.filter(({ type }) => type === 'record') as Recorded[];
      if (event === undefined) throw new Error('There is no record.');
      // Its last character has bits that no bytes have.
      const spoiled = { ...event, seq: seq + 1, chain: own, record: { ...event.record, mls: 'AB' } };
      return { events: [spoiled], lastSeq: seq + 1 };
    });
    await budapest.syncs();
    expect((await budapest.client.alarms(channel)).map(({ check }) => check).sort()).toEqual(['CLI-07', 'CLI-10']);
    expect(await positionOf(budapest, channel)).toMatchObject({ seq: seq + 1, chain });
  });

  it('by showing something else at a place already read is noticed', async () => {
    await sofia.mustSend(channel, 'One');
    await sofia.mustSend(channel, 'Two');
    await budapest.syncs();
    const last = (await budapest.client.channel(channel)).seq;
    await sofia.mustSend(channel, 'Three');
    budapest.hub.lieAbout('listEvents', (answer) => {
      const page = answer as EventPage;
      return { ...page, events: [...page.events.map((event) => ({ ...event, seq: last })), ...page.events] };
    });
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-05');
  });

  it('by going back to before is noticed', async () => {
    await sofia.mustSend(channel, 'One');
    await budapest.syncs();
    budapest.hub.lieAboutEnds(new Map([[channel, 0]]));
    budapest.hub.lieAbout('listEvents', () => ({ events: [], lastSeq: 0 }));
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-47');
    const [setBack] = await budapest.client.life.troubles(channel);
    expect(setBack).toMatchObject({ check: 'CLI-47' });
    expect(setBack).not.toHaveProperty('by');
  });

  it('by hiding a change of members is noticed', async () => {
    await sofia.client.updateKeys(channel);
    await sofia.mustSend(channel, 'In the next epoch');
    await rewriteHistory(budapest, channel, (events) => events.filter(({ type }) => type === 'record'));
    await budapest.mustNotRead(channel, 'In the next epoch');
    await budapest.mustSeeAlarm('CLI-12');
    expect(await budapest.failures(channel)).toHaveLength(1);
  });
});

describe('a hub that changes a record', () => {
  async function whereItChanges(change: (event: Recorded) => ChannelEvent): Promise<void> {
    await sofia.mustSend(channel, 'As I wrote it');
    await rewriteHistory(budapest, channel, (events) =>
      events.map((event) => (event.type === 'record' ? change(event) : event)),
    );
    await budapest.mustNotRead(channel, 'As I wrote it');
    await mustBeDisputed();
  }

  it('by relabelling its header is noticed', async () => {
    await whereItChanges((event) => {
      const header = decodeHeader(event.record.header);
      const marking = { ...header.marking, classification: 'UNCLASSIFIED' as const };
      return { ...event, record: { ...event.record, header: encodeHeader({ ...header, marking }) } };
    });
    await budapest.mustSeeAlarm('CLI-13');
    const [failure] = await budapest.failures(channel);
    expect(failure?.card).toMatchObject({
      check: 'CLI-13',
      contentLost: 'no',
      whoCanMend: expect.stringContaining('sender'),
    });
  });

  it('by swapping its body is noticed', async () => {
    await whereItChanges((event) => {
      const body = toBase64url(new Uint8Array(decodeHeader(event.record.header).bodySize).fill(1));
      return { ...event, record: { ...event.record, body } };
    });
    await budapest.mustSeeAlarm('CLI-15');
  });

  it('by giving it a body of another size is noticed', async () => {
    await whereItChanges((event) => ({ ...event, record: { ...event.record, body: 'AAAA' } }));
    await budapest.mustSeeAlarm('CLI-10');
  });

  it('by breaking its signature is noticed', async () => {
    await whereItChanges((event) => ({
      ...event,
      record: { ...event.record, signature: toBase64url(new Uint8Array(64)) },
    }));
    await budapest.mustSeeAlarm('CLI-15');
  });

  it('by putting it into another channel is noticed', async () => {
    const other = await sofia.opensChannelWith([budapest]);
    await sofia.mustSend(other, 'Said elsewhere');
    const { events } = (await eventsFor(other)) as EventPage;
    const stolen = events.filter((event) => event.type === 'record').map((event) => ({ ...event, channel }));
    await rewriteHistory(budapest, channel, (own) => [...own, ...stolen]);
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-11');
    expect(await budapest.subjects(channel)).toEqual([]);
  });

  it('and confirms what it did not store is noticed by the sender', async () => {
    budapest.hub.lieAbout('submitRecord', (answer) => ({
      ...(answer as Receipt),
      headerHash: toBase64url(new Uint8Array(32)),
    }));
    await budapest.sends(channel, 'Confirmed?');
    await budapest.mustSeeAlarm('CLI-43');
  });

  it('and confirms it at a place that then shows another is noticed by the sender', async () => {
    await budapest.syncs();
    const page = await eventsFor(channel);
    budapest.hub.lieAbout('submitRecord', (answer) => ({ ...(answer as Receipt), seq: (answer as Receipt).seq + 1 }));
    await budapest.sends(channel, 'Confirmed, then gone');
    budapest.hub.tellTruth();
    await sofia.syncs();
    await sofia.mustSend(channel, 'At its place');
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-43');
    expect(page).toBeDefined();
  });

  /** The true events, past every lie. */
  async function eventsFor(id: ChannelId): Promise<unknown> {
    let page: unknown;
    sofia.hub.watch((route, answer) => {
      if (route === 'listEvents') page = answer;
    });
    await sofia.client.sync();
    const token = (await sofia.client.signIn()).token;
    page = await mustCallHub(community.hub.url, 'listEvents', {
      params: { channel: id },
      query: { after: 0, limit: 100 },
      token,
    });
    return page;
  }
});

describe('a hub that changes who is there', () => {
  it('by listing a ghost changes nothing that a client shows', async () => {
    budapest.hub.lieAbout('getChannel', (answer) => {
      const detail = answer as ChannelDetail;
      return { ...detail, members: [...detail.members, { leafIndex: 9, device: 'hu:ghost:desk-1' }] };
    });
    await budapest.syncs();
    expect((await budapest.memberDevices(channel)).sort()).toEqual(
      [sofia.device, budapest.device, skopje.device].sort(),
    );
  });

  it('by a commit of its own making is noticed, and the channel goes on', async () => {
    await sofia.client.updateKeys(channel);
    await rewriteHistory(budapest, channel, (events) =>
      events.map((event) => (event.type === 'commit' ? { ...event, commit: broken(event.commit) } : event)),
    );
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-35');
    await mustBeDisputed();
    expect(await budapest.epoch(channel)).toBe(1);
  });

  it('by naming another committer is noticed', async () => {
    await sofia.client.updateKeys(channel);
    await rewriteHistory(budapest, channel, (events) =>
      events.map((event) => (event.type === 'commit' ? { ...event, committer: skopje.device } : event)),
    );
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-39');
  });

  it('by handing out the KeyPackage of another device is noticed before anybody is added', async () => {
    const { baghdad } = community;
    const stolen = (await mustCallHub(community.hub.url, 'claimKeyPackages', {
      body: { devices: [skopje.device] },
      token: (await skopje.client.signIn()).token,
    })) as { claimed: { keyPackage: string }[] };
    sofia.hub.lieAbout('claimKeyPackages', () => ({
      claimed: [{ device: baghdad.device, keyPackage: stolen.claimed[0]?.keyPackage }],
    }));
    const before = await sofia.epoch(channel);
    await expect(sofia.client.addMembers(channel, [baghdad.device])).rejects.toMatchObject({
      details: { check: 'CLI-42' },
    });
    await sofia.mustSeeAlarm('CLI-42');
    expect(await sofia.epoch(channel)).toBe(before);
  });

  it('by leading a Welcome into another channel is noticed', async () => {
    const { baghdad } = community;
    baghdad.hub.lieAbout('listWelcomes', (answer) => {
      const { welcomes } = answer as { welcomes: object[] };
      return { welcomes: welcomes.map((welcome) => ({ ...welcome, channel })) };
    });
    const { id } = await sofia.client.createChannel({
      kind: 'bilateral',
      ceiling: 'RESTRICTED',
      contactPoints: [baghdad.contactPoint],
      devices: [baghdad.device],
    });
    await baghdad.syncs();
    await baghdad.mustSeeAlarm('CLI-41');
    expect(
      (await baghdad.client.channels()).filter(({ membership }) => membership === 'member').map((view) => view.id),
    ).not.toContain(id);
    baghdad.hub.tellTruth();
  });

  it('by forging a Welcome is noticed', async () => {
    const { baghdad } = community;
    baghdad.hub.lieAbout('listWelcomes', (answer) => {
      const { welcomes } = answer as { welcomes: { welcome: string }[] };
      return { welcomes: welcomes.map((each) => ({ ...each, welcome: broken(each.welcome) })) };
    });
    await sofia.client.createChannel({
      kind: 'bilateral',
      ceiling: 'RESTRICTED',
      contactPoints: [baghdad.contactPoint],
      devices: [baghdad.device],
    });
    const before = (await baghdad.client.alarms()).length;
    await baghdad.syncs();
    expect((await baghdad.client.alarms()).slice(before).map(({ check }) => check)).toEqual(['CLI-41']);
    baghdad.hub.tellTruth();
  });

  it('by handing out the GroupInfo of another channel to who joins again is noticed', async () => {
    const other = await sofia.opensChannelWith([budapest]);
    const token = (await sofia.client.signIn()).token;
    const foreign = await mustCallHub(community.hub.url, 'getGroupInfo', { params: { channel: other }, token });
    const kept = budapest.store;
    await budapest.losesState();
    await budapest.syncs();
    budapest.hub.lieAbout('getGroupInfo', () => foreign);
    await expect(budapest.client.rejoin(channel)).rejects.toMatchObject({ details: { check: 'CLI-45' } });
    await budapest.mustSeeAlarm('CLI-45');
    await budapest.starts(kept);
  });

  it('by feeding a removed device is noticed', async () => {
    await sofia.client.removeMembers(channel, [budapest.device]);
    await budapest.syncs();
    const { seq } = await budapest.client.channel(channel);
    await sofia.mustSend(channel, 'Not for Budapest');
    const token = (await sofia.client.signIn()).token;
    const page = (await mustCallHub(community.hub.url, 'listEvents', {
      params: { channel },
      query: { after: seq, limit: 10 },
      token,
    })) as EventPage;
    budapest.hub.lieInPushes((message) =>
      message.type === 'hello'
        ? [message, ...page.events.map((payload) => ({ type: 'event' as const, payload }))]
        : [message],
    );
    await budapest.client.connect();
    await eventually(async () => (await budapest.client.alarms(channel)).length > 0);
    budapest.client.disconnect();
    await budapest.mustSeeAlarm('CLI-46');
    await budapest.mustNotRead(channel, 'Not for Budapest');
  });
});

describe('a hub that lies about the community', () => {
  it('by asking for a sign-in at another hub is noticed, and nothing is signed', async () => {
    budapest.hub.lieAbout('createChallenge', (answer) => ({ ...(answer as object), origin: 'https://hub.example' }));
    await budapest.starts();
    await expect(budapest.client.signIn()).rejects.toMatchObject({ details: { check: 'CLI-02' } });
    await budapest.mustSeeAlarm('CLI-02');
  });

  it('by serving an old roster is noticed', async () => {
    const before = community.founded.roster;
    await community.publishRoster(nextRoster(before));
    await budapest.syncs();
    budapest.hub.lieAbout('getRoster', () => before);
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-01');
    expect(decodeUntrustedRoster((await budapest.client.roster()).roster).version).toBe(2);
  });

  it('by serving a roster that the co-chairs did not sign is noticed', async () => {
    const text = encodeRoster({
      ...decodeUntrustedRoster(community.founded.roster.roster),
      version: 9,
      community: 'demo-community',
    });
    skopje.hub.lieAbout('getRoster', () => ({ roster: text, signatures: community.founded.roster.signatures }));
    await skopje.syncs();
    await skopje.mustSeeAlarm('CLI-01');
  });

  function nextRoster(signed: SignedRoster): SignedRoster {
    const roster = {
      ...decodeUntrustedRoster(signed.roster),
      version: 2,
      issuedAt: new Date(community.clock.now()).toISOString(),
    };
    return assembleSignedRoster(
      roster,
      community.founded.coChairs.map((coChair) => coSign(roster, coChair.key)),
    );
  }
});

/** One byte in the middle is another. */
function broken(base64url: string): string {
  const middle = Math.floor(base64url.length / 2);
  return base64url.slice(0, middle) + (base64url[middle] === 'A' ? 'B' : 'A') + base64url.slice(middle + 1);
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 25) {
    if (waited > 10_000) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
