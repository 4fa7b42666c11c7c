import { LiaisonError, type Clock } from '#liaison/protocol';
import { planBatch, type BatchPlan, type ChannelPlan } from './batch-plan.js';
import type { AppendResult, ChannelLedger } from './channel-ledger.js';
import type { Doubt, EventFeed } from './event-feed.js';
import { HeadCache } from './head-cache.js';
import type { SequencerMeter } from './sequencer-meter.js';
import { weightOf, type Outcome, type PublishedEvent, type Submission } from './submission.js';
import { wireEvent } from './wire-event.js';

export interface SequencerLimits {
  readonly queuedSubmissions: number;
  readonly queuedBytes: number;
  readonly batchSubmissions: number;
  readonly batchBytes: number;
}

const SEQUENCER_LIMITS: SequencerLimits = {
  queuedSubmissions: 20_000,
  queuedBytes: 128 * 1024 * 1024,
  batchSubmissions: 500,
  batchBytes: 8 * 1024 * 1024,
};

interface Appended {
  readonly plan: BatchPlan;
  readonly result: AppendResult;
}

const FULL_RETRY_MS = 250;
const FAILED_RETRY_MS = 500;

/**
 * Gives commits and records of all channels their places. Submissions gather while a batch is being committed, and the next
 * batch takes what has gathered: one transaction for many. Nothing is answered or published before its transaction is durable.
 */
export class Sequencer {
  private queue: Submission[] = [];
  private queuedBytes = 0;
  private running: Promise<void> | undefined;
  private closed = false;
  private readonly heads = new HeadCache();

  constructor(
    private readonly ledger: ChannelLedger,
    private readonly feed: EventFeed,
    private readonly clock: Clock,
    private readonly meter: SequencerMeter,
    private readonly limits: SequencerLimits = SEQUENCER_LIMITS,
  ) {}

  /** @throws LiaisonError `try-again` (REC-16) where the queue is full, `unavailable` (REC-17) while the hub stops. */
  submit(submission: Submission): void {
    if (this.closed) throw stopping();
    const bytes = weightOfEntry(submission);
    const { queuedSubmissions, queuedBytes } = this.limits;
    if (this.queue.length >= queuedSubmissions || this.queuedBytes + bytes > queuedBytes) throw full();
    this.queue.push(submission);
    this.queuedBytes += bytes;
    this.running ??= this.run();
  }

  get depth(): number {
    return this.queue.length;
  }

  /** Refuses what comes from now on; resolves when everything accepted has been answered. */
  async drain(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async run(): Promise<void> {
    // The rest of this turn of the event loop may bring more for the same transaction.
    await new Promise(setImmediate);
    while (this.queue.length > 0) await this.commit(this.takeBatch());
    this.running = undefined;
  }

  private takeBatch(): Submission[] {
    let bytes = 0;
    let count = 0;
    for (const submission of this.queue) {
      const weight = weightOfEntry(submission);
      if (count >= this.limits.batchSubmissions || (count > 0 && bytes + weight > this.limits.batchBytes)) break;
      bytes += weight;
      count += 1;
    }
    this.queuedBytes -= bytes;
    return this.queue.splice(0, count);
  }

  private async commit(batch: readonly Submission[]): Promise<void> {
    const startedAt = this.clock.now();
    const appended = await this.append(batch).catch((fault: unknown) => {
      this.refuseAll(batch, fault);
    });
    if (appended === undefined) return;
    this.meter.committed(batch.length, this.clock.now() - startedAt);
    this.settle(batch, appended);
  }

  private refuseAll(batch: readonly Submission[], fault: unknown): void {
    this.meter.failed(fault);
    for (const { entry } of batch) this.heads.forget(entry.channel);
    this.feed.doubt(batch.map(doubtOf));
    for (const submission of batch) this.tell(submission, { kind: 'refused', error: notStored(fault) });
  }

  private async append(batch: readonly Submission[]): Promise<Appended> {
    const known = this.heads.all(batch);
    if (known !== undefined) {
      const plan = planBatch(batch, known, this.clock.now());
      // A refusal is final, so it is never given on a head that was only remembered.
      if (plan.refused.length === 0) return { plan, result: await this.ledger.append(plan) };
    }
    const channels = [...new Set(batch.map(({ entry }) => entry.channel))];
    return this.ledger.appendLocked(channels, (heads) => planBatch(batch, heads, this.clock.now()));
  }

  private settle(batch: readonly Submission[], { plan, result }: Appended): void {
    const again = new Set(plan.deferred);
    const published: PublishedEvent[] = [];
    for (const channel of plan.channels) {
      if (result.moved.has(channel.channel)) {
        this.heads.put(channel.channel, channel.after);
        published.push(...channel.events.map(publishedEvent));
      } else for (const submission of this.unmoved(channel, result)) again.add(submission);
    }
    this.feed.publish(published);
    for (const channel of plan.channels) {
      const logIndex = result.moved.get(channel.channel);
      if (logIndex !== undefined) this.tellStored(channel, logIndex);
    }
    const unmoved = new Set(
      plan.channels.map(({ channel }) => channel).filter((channel) => !result.moved.has(channel)),
    );
    for (const { submission, error } of plan.refused) {
      // It was planned on a head that did not become durable.
      if (unmoved.has(submission.entry.channel)) again.add(submission);
      else this.tell(submission, { kind: 'refused', error });
    }
    if (again.size > 0) this.putBack(batch.filter((submission) => again.has(submission)));
  }

  /** The head was not what this node thought, or a record is stored already: the rest goes again, under the lock. */
  private unmoved({ channel, events }: ChannelPlan, { taken }: AppendResult): Submission[] {
    this.heads.forget(channel);
    return events.flatMap(({ submission }) => {
      const { entry } = submission;
      const earlier = taken.find(
        (record) => entry.type === 'record' && record.channel === channel && record.recordId === entry.record.header.id,
      );
      if (earlier === undefined) return [submission];
      this.tell(submission, { kind: 'taken', earlier });
      return [];
    });
  }

  private tellStored({ events }: ChannelPlan, firstLogIndex: number): void {
    for (const [offset, { submission, place }] of events.entries()) {
      this.tell(submission, { kind: 'stored', place, logIndex: firstLogIndex + offset });
    }
  }

  /** Whoever cannot take its answer does not keep the others from theirs. */
  private tell(submission: Submission, outcome: Outcome): void {
    try {
      submission.settle(outcome);
    } catch (fault) {
      this.meter.unheard(fault);
    }
  }

  private putBack(submissions: readonly Submission[]): void {
    this.queue = [...submissions, ...this.queue];
    for (const submission of submissions) this.queuedBytes += weightOfEntry(submission);
  }
}

function publishedEvent({ submission, place }: ChannelPlan['events'][number]): PublishedEvent {
  const { entry, origin } = submission;
  return {
    event: wireEvent(entry, place),
    origin,
    members: entry.members,
    membership: entry.type === 'record' ? undefined : entry.membership,
  };
}

function doubtOf({ entry }: Submission): Doubt {
  return { channel: entry.channel, added: entry.type === 'record' ? [] : entry.membership.added };
}

function weightOfEntry({ entry }: Submission): number {
  return entry.type === 'record' ? weightOf(entry.record) : entry.payload.length;
}

export function full(): LiaisonError {
  return new LiaisonError('try-again', 'The hub has more to store than it can at this moment. Send the same again.', {
    check: 'REC-16',
    retryAfterMs: FULL_RETRY_MS,
  });
}

function stopping(): LiaisonError {
  return new LiaisonError('unavailable', 'The hub is stopping. Send the same again when it is back.', {
    check: 'REC-17',
    retryAfterMs: 2000,
  });
}

function notStored(cause: unknown): LiaisonError {
  return new LiaisonError(
    'unavailable',
    'The hub could not store this, or cannot tell whether it did. Send the same again: it is never stored twice.',
    { check: 'REC-18', retryAfterMs: FAILED_RETRY_MS, cause },
  );
}
