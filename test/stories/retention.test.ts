import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordView } from '#liaison/client';
import type { ChannelEvent, ChannelId, EventPage, RecordErasure, RecordId } from '#liaison/protocol';
import { type Actor, type Community, startCommunity } from '#liaison/testing';
import { verifyReceiptProof } from '#liaison/tlog';

const DAY = 24 * 60 * 60 * 1000;
const PURPOSE = 'Case 12/2026 is closed.';

describe('a record that is past its review', () => {
  let community: Community;
  let channel: ChannelId;
  let record: RecordId;
  let later: RecordId;
  beforeAll(async () => {
    community = await startCommunity();
    const { sofia, budapest, skopje, baghdad } = community;
    channel = await sofia.opensChannelWith([budapest, skopje, baghdad], { reviewDays: 1 });
    record = (await sofia.mustSend(channel, 'Камион към Калотина')).id;
    later = (await budapest.mustSend(channel, 'Not due for long')).id;
    for (const desk of [sofia, budapest, skopje]) await desk.syncs();
  }, 120_000);
  afterAll(() => community.stop());

  const viewOf = async (desk: Actor, id: RecordId): Promise<RecordView> =>
    (await desk.client.records(channel)).find((view) => headerOf(view)?.id === id)!;
  const headerOf = (view: RecordView) => (view.outcome === 'opened' ? view.record.header : view.header);
  const erased = async (desk: Actor) => {
    const view = await viewOf(desk, record);
    return view.outcome === 'failed' ? view.card : undefined;
  };

  it('RET-03 RET-04 is not erased before its time, nor by who does not administer the channel', async () => {
    const { sofia, budapest, clock } = community;
    expect(await sofia.client.log.erase(channel, [record], PURPOSE)).toEqual([{ record, refused: 'RET-04' }]);
    clock.advance(2 * DAY);
    expect(await budapest.client.log.erase(channel, [record], PURPOSE)).toEqual([{ record, refused: 'RET-03' }]);
    expect(await erased(sofia)).toBeUndefined();
  });

  it('is erased by an administrator: the content is gone from the hub, and on every device with its next sync', async () => {
    const { sofia, budapest, skopje } = community;
    const [order, again] = [
      await sofia.client.log.erase(channel, [record], PURPOSE),
      await sofia.client.log.erase(channel, [record], PURPOSE),
    ];
    expect(order).toEqual([{ record, index: expect.any(Number) }]);
    expect(again).toEqual(order);
    for (const desk of [sofia, budapest, skopje]) {
      await desk.syncsUntil(async () => (await erased(desk)) !== undefined);
      expect(await erased(desk)).toMatchObject({ check: 'CLI-53', whatHappened: expect.stringContaining(PURPOSE) });
      expect(JSON.stringify(await desk.client.records(channel))).not.toContain('Калотина');
      await desk.mustSeeNoAlarm();
    }
    expect((await viewOf(sofia, later)).outcome).toBe('opened');
  });

  it('CLI-53 is shown as erased to a device that had not read it yet, which still verifies the chain and reads on', async () => {
    const { baghdad, sofia } = community;
    await baghdad.syncs();
    expect(await erased(baghdad)).toMatchObject({ check: 'CLI-53' });
    expect((await viewOf(baghdad, later)).outcome).toBe('opened');
    await baghdad.mustSeeNoAlarm();
    await sofia.mustSend(channel, 'After the review');
    await baghdad.mustRead(channel, 'After the review');
    await baghdad.mustSend(channel, 'We have read it');
    await sofia.mustRead(channel, 'We have read it');
  });

  it('keeps its proof: entry and inclusion, and what its sender signed', async () => {
    const { budapest, skopje, clock } = community;
    for (const desk of [budapest, skopje]) {
      const view = await desk.client.log.prove(channel, record);
      if (view.state !== 'proved') throw new Error(view.state);
      const policy = await desk.client.log.policy(0);
      expect(verifyReceiptProof({ proof: view.proof, policy, at: clock.now() })).toMatchObject({ outcome: 'ok' });
      expect(await desk.client.log.evidence(channel, record)).toMatchObject({ record });
    }
  });

  it('is due by the shorter of what it was sent with and what the channel says now', async () => {
    const { sofia, budapest, clock } = community;
    const ruled = await sofia.opensChannelWith([budapest]);
    const long = (await sofia.mustSend(ruled, 'Sent under a year')).id;
    const changeTo = (reviewDays: number) => sofia.client.life.change(ruled, { reviewDays }, 'File 17/2026');
    await changeTo(1);
    const short = (await sofia.mustSend(ruled, 'Sent under a day')).id;
    await changeTo(30);
    await budapest.syncs();
    clock.advance(2 * DAY);
    expect(await sofia.client.log.erase(ruled, [long], PURPOSE)).toEqual([{ record: long, refused: 'RET-04' }]);
    expect(await sofia.client.log.erase(ruled, [short], PURPOSE)).toEqual([
      { record: short, index: expect.any(Number) },
    ]);
    await changeTo(1);
    expect(await sofia.client.log.erase(ruled, [long], PURPOSE)).toEqual([{ record: long, index: expect.any(Number) }]);
    await budapest.syncsUntil(async () => (await budapest.subjects(ruled)).length === 0);
    await budapest.mustSeeNoAlarm();
  });

  it('has the erasure in the log, with who, when and why', async () => {
    const { sofia, skopje } = community;
    const entries = (await skopje.client.log.entries({ record })).map(({ entry }) => JSON.parse(entry) as object);
    expect(entries).toContainEqual(
      expect.objectContaining({
        type: 'record.erased',
        actor: sofia.device,
        purpose: PURPOSE,
        details: { orderedAt: expect.any(String), signature: expect.any(String) },
      }),
    );
  });
});

describe('a hub that erases by itself', () => {
  let community: Community;
  let channel: ChannelId;
  let record: RecordId;
  beforeAll(async () => {
    community = await startCommunity();
    const { sofia, budapest, skopje, clock } = community;
    channel = await sofia.opensChannelWith([budapest, skopje], { reviewDays: 1 });
    record = (await sofia.mustSend(channel, 'What the hub wants to be gone')).id;
    await budapest.syncs();
    clock.advance(2 * DAY);
  }, 120_000);
  afterAll(() => community.stop());

  /** An order that the hub makes up: by a real administrator's certificate, and with a signature that is none. */
  const madeUp = (desk: Actor): RecordErasure => ({
    channel,
    record,
    seq: 3,
    at: new Date(community.clock.now()).toISOString(),
    purpose: 'Because',
    signature: 'A'.repeat(86),
    device: desk.device,
    certificate: Buffer.from(desk.profile.certificate).toString('base64url'),
    index: 0,
    entry: '{}',
  });
  const checks = async (desk: Actor) => (await desk.client.alarms()).map(({ check }) => check);

  it('CLI-86 erases nothing that the log does not hold, and is an alarm', async () => {
    const { budapest, sofia } = community;
    budapest.hub.lieAbout('listErasures', (_answer, { query }) =>
      query?.['from'] === 0 ? { erasures: [madeUp(sofia)], next: 1 } : { erasures: [], next: 1 },
    );
    await budapest.syncs();
    expect(await budapest.subjects(channel)).toContain('What the hub wants to be gone');
    expect(await checks(budapest)).toContain('CLI-86');
  });

  it('CLI-77 is an alarm to a device that has not read it', async () => {
    const { skopje, sofia } = community;
    skopje.hub.lieAbout('listEvents', (answer) => ({
      ...(answer as EventPage),
      events: (answer as EventPage).events.map((event): ChannelEvent => {
        if (event.type !== 'record' || !event.record.header.includes(record)) return event;
        const { header, mls, signature } = event.record;
        const rest = { header, mls, signature, bodyHash: 'A'.repeat(43) };
        return { ...event, type: 'erased-record', record: rest, erasure: madeUp(sofia) };
      }),
    }));
    await skopje.syncs();
    expect(await checks(skopje)).toContain('CLI-77');
  });
});
