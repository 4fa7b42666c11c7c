import { describe, expect, it } from '@jest/globals';
import { systemClock } from '#liaison/crypto.node';
import type { ChannelId, RecordEnvelope } from '#liaison/protocol';
import type { AuthenticatedRecord } from '../src/records/authenticated-record.js';
import type { BatchPlan, ChannelHead } from '../src/records/batch-plan.js';
import type { AppendResult, ChannelLedger } from '../src/records/channel-ledger.js';
import { EventFeed } from '../src/records/event-feed.js';
import { parseRecord } from '../src/records/parsed-record.js';
import { Sequencer, type SequencerLimits } from '../src/records/sequencer.js';
import type { CommitEntry, Entry, Outcome, PublishedEvent, TakenRecord } from '../src/records/submission.js';
import { fabricateRecord, freshId, testDevice } from './fabricated-records.js';

const petrova = testDevice('bg:petrova:desk-1');
const members = new Set([petrova.proof.device]);
const START: ChannelHead = { epoch: 0, lastSeq: 0, chain: new Uint8Array(32), left: new Set() };

/** Keeps heads in memory; each transaction waits until it is let go, and may be told to fail. */
class HeldLedger implements ChannelLedger {
  readonly heads = new Map<ChannelId, ChannelHead>();
  /** Records that are stored already. */
  readonly taken: TakenRecord[] = [];
  fault: Error | undefined;
  transactions = 0;
  private release: () => void = () => undefined;
  private held: Promise<void> | undefined;

  hold(): void {
    this.held = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  letGo(): void {
    this.release();
    this.held = undefined;
  }

  async append(plan: BatchPlan): Promise<AppendResult> {
    this.transactions += 1;
    await this.held;
    if (this.fault !== undefined) throw this.fault;
    const moved = new Map<ChannelId, number>();
    for (const { channel, before, after, events } of plan.channels) {
      if (events.some(({ submission: { entry } }) => this.isTaken(entry))) continue;
      if ((this.heads.get(channel) ?? START).lastSeq !== before.lastSeq) continue;
      this.heads.set(channel, after);
      moved.set(channel, before.lastSeq);
    }
    return { moved, taken: this.taken };
  }

  private isTaken(entry: Entry): boolean {
    return entry.type === 'record' && this.taken.some(({ recordId }) => recordId === entry.record.header.id);
  }

  async appendLocked(channels: readonly ChannelId[], plan: (heads: ReadonlyMap<ChannelId, ChannelHead>) => BatchPlan) {
    const planned = plan(new Map(channels.map((channel) => [channel, this.heads.get(channel) ?? START])));
    return { plan: planned, result: await this.append(planned) };
  }
}

function start(limits?: SequencerLimits) {
  const ledger = new HeldLedger();
  const published: PublishedEvent[] = [];
  const feed = new EventFeed((fault) => {
    throw fault;
  });
  feed.subscribe((events) => published.push(...events));
  const meter = { committed: () => undefined, failed: () => undefined, unheard: () => undefined };
  const sequencer = new Sequencer(ledger, feed, systemClock, meter, limits);
  const submitEntry = (entry: Entry) =>
    new Promise<Outcome>((settle) => {
      sequencer.submit({ entry, settle });
    });
  const submit = (channel: ChannelId, record = fabricateRecord(petrova, channel)) =>
    submitEntry(recordEntry(channel, record));
  const commit = (channel: ChannelId) => submitEntry(commitEntry(channel));
  const leave = (channel: ChannelId) => submitEntry(leavingEntry(channel));
  return { ledger, published, sequencer, submit, commit, leave };
}

function recordEntry(channel: ChannelId, { header, body, mls, signature }: RecordEnvelope): Entry {
  const record = parseRecord({ header, body, mls, signature }) as AuthenticatedRecord;
  return { type: 'record', channel, epoch: 0, members, sender: petrova.proof.device, record };
}

function commitEntry(channel: ChannelId): CommitEntry {
  return {
    type: 'commit',
    channel,
    epoch: 0,
    members,
    sender: petrova.proof.device,
    payload: new Uint8Array([1]),
    payloadHash: new Uint8Array(32),
    membership: { added: [], removed: [] },
    storeAlongside: () => Promise.resolve(),
    acts: () => [],
  };
}

/** The hub's word that the one member leaves. */
function leavingEntry(channel: ChannelId): Entry {
  const { device } = petrova.proof;
  const membership = { added: [], removed: [device] };
  return { ...commitEntry(channel), type: 'proposal', sender: 'hub', device, purpose: 'left', membership };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 10));

describe('the sequencer over a store with faults', () => {
  it('tells nobody of anything before the transaction has answered', async () => {
    const { ledger, published, submit } = start();
    ledger.hold();
    let told = 0;
    const outcome = submit(freshId() as ChannelId).then((result) => {
      told += 1;
      return result;
    });
    await turn();
    expect([ledger.transactions, told, published.length]).toEqual([1, 0, 0]);
    ledger.letGo();
    expect(await outcome).toMatchObject({ kind: 'stored', place: { seq: 1 } });
    expect(published).toHaveLength(1);
  });

  it('gathers what comes during a transaction into the next', async () => {
    const { ledger, submit } = start();
    const channel = freshId() as ChannelId;
    ledger.hold();
    const first = submit(channel);
    await turn();
    const others = Array.from({ length: 30 }, () => submit(channel));
    await turn();
    ledger.letGo();
    await Promise.all([first, ...others]);
    expect(ledger.transactions).toBe(2);
    expect(ledger.heads.get(channel)?.lastSeq).toBe(31);
  });

  it('answers try-again when its queue is full, and takes more once there is room', async () => {
    const limits = { queuedSubmissions: 3, queuedBytes: 1_000_000, batchSubmissions: 1, batchBytes: 1_000_000 };
    const { ledger, submit, sequencer } = start(limits);
    const channel = freshId() as ChannelId;
    ledger.hold();
    const running = submit(channel);
    await turn();
    const queued = [submit(channel), submit(channel), submit(channel)];
    expect(sequencer.depth).toBe(3);
    await expect(submit(channel)).rejects.toMatchObject({
      code: 'try-again',
      details: { check: 'REC-16', retryAfterMs: expect.any(Number) },
    });
    ledger.letGo();
    await Promise.all([running, ...queued]);
    expect(await submit(channel)).toMatchObject({ kind: 'stored', place: { seq: 5 } });
  });

  it('is full by bytes as well', async () => {
    const limits = { queuedSubmissions: 100, queuedBytes: 2_000, batchSubmissions: 1, batchBytes: 1_000_000 };
    const { ledger, submit } = start(limits);
    const channel = freshId() as ChannelId;
    ledger.hold();
    const running = submit(channel);
    await turn();
    const queued = submit(channel);
    await expect(submit(channel)).rejects.toMatchObject({ code: 'try-again' });
    ledger.letGo();
    await Promise.all([running, queued]);
  });

  it('publishes nothing of a transaction that failed, and asks to send again', async () => {
    const { ledger, published, submit } = start();
    const channel = freshId() as ChannelId;
    await submit(channel);
    ledger.fault = new Error('connection lost');
    expect(await submit(channel)).toMatchObject({
      kind: 'refused',
      error: { code: 'unavailable', details: { check: 'REC-18' } },
    });
    expect(published).toHaveLength(1);
    ledger.fault = undefined;
    expect(await submit(channel)).toMatchObject({ kind: 'stored', place: { seq: 2 } });
  });

  it('goes again under the lock where another node has moved the channel', async () => {
    const { ledger, submit } = start();
    const channel = freshId() as ChannelId;
    await submit(channel);
    ledger.heads.set(channel, { ...START, lastSeq: 7 });
    expect(await submit(channel)).toMatchObject({ kind: 'stored', place: { seq: 8 } });
  });

  it('refuses nothing for the sake of a commit that did not become durable', async () => {
    const { ledger, submit, commit } = start();
    const channel = freshId() as ChannelId;
    const known = fabricateRecord(petrova, channel);
    const sender = petrova.proof.device;
    const earlier = {
      channel,
      recordId: known.id,
      seq: 1,
      at: 0,
      chain: START.chain,
      sender,
      headerHash: START.chain,
      logIndex: 0,
    };
    ledger.taken.push(earlier);
    // One batch: the commit moves the channel only together with the record that is stored already, so it does not.
    const first = submit(channel, known).then((outcome) => {
      ledger.fault = new Error('connection lost');
      return outcome;
    });
    expect(await Promise.all([first, commit(channel), submit(channel)])).toMatchObject([
      { kind: 'taken' },
      { kind: 'refused', error: { details: { check: 'REC-18' } } },
      { kind: 'refused', error: { details: { check: 'REC-18' } } },
    ]);
  });

  it('gives no place to what was judged while somebody was a member who has left', async () => {
    const { submit, commit, leave } = start();
    const channel = freshId() as ChannelId;
    const refused = (check: string) => ({ kind: 'refused', error: { details: { check } } });
    const inOneBatch = [submit(channel), leave(channel), commit(channel), submit(channel)];
    const [stored, stale, absent] = [{ kind: 'stored' }, refused('REC-05'), refused('CHN-10')];
    expect(await Promise.all(inOneBatch)).toMatchObject([stored, stored, stale, absent]);
    expect(await commit(channel)).toMatchObject(stale);
    expect(await submit(channel)).toMatchObject(absent);
  });

  it('answers everything it has taken before it has drained, and takes nothing more', async () => {
    const { ledger, submit, sequencer } = start();
    const channel = freshId() as ChannelId;
    ledger.hold();
    const outcomes = [submit(channel), submit(channel)];
    await turn();
    const drained = sequencer.drain();
    await expect(submit(channel)).rejects.toMatchObject({ code: 'unavailable', details: { check: 'REC-17' } });
    ledger.letGo();
    await drained;
    expect(await Promise.all(outcomes)).toMatchObject([{ kind: 'stored' }, { kind: 'stored' }]);
  });
});
