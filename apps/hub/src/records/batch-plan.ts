import { nodeChainHashing } from '#liaison/crypto.node';
import { LiaisonError, type ChannelId, type DeviceAddress } from '#liaison/protocol';
import type { Entry, Place, Submission } from './submission.js';

/** Where a channel stands. `chain` is the chain hash after `lastSeq`. */
export interface ChannelHead {
  readonly epoch: number;
  readonly lastSeq: number;
  readonly chain: Uint8Array;
  /** Who has left of its own accord, and is in the group still: no members. */
  readonly left: ReadonlySet<DeviceAddress>;
}

export interface PlannedEvent {
  readonly submission: Submission;
  readonly place: Place;
}

/** What one batch does to one channel: from `before`, by `events`, to `after`. */
export interface ChannelPlan {
  readonly channel: ChannelId;
  readonly before: ChannelHead;
  readonly after: ChannelHead;
  readonly events: readonly PlannedEvent[];
}

export interface BatchPlan {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly channels: readonly ChannelPlan[];
  readonly refused: readonly { readonly submission: Submission; readonly error: LiaisonError }[];
  /** The same record id stands twice in the batch: the second waits for the fate of the first. */
  readonly deferred: readonly Submission[];
}

/** Gives every submission its place, or the reason why it has none. Pure: the ledger decides whether the heads still hold. */
export function planBatch(
  submissions: readonly Submission[],
  heads: ReadonlyMap<ChannelId, ChannelHead>,
  at: number,
): BatchPlan {
  const channels: ChannelPlan[] = [];
  const refused: BatchPlan['refused'][number][] = [];
  const deferred: Submission[] = [];
  for (const [channel, ofChannel] of byChannel(submissions)) {
    const before = heads.get(channel);
    if (before === undefined) refused.push(...ofChannel.map((submission) => ({ submission, error: absent() })));
    else channels.push(planChannel({ channel, before, submissions: ofChannel, at }, refused, deferred));
  }
  return { at, channels, refused, deferred };
}

function byChannel(submissions: readonly Submission[]): Map<ChannelId, Submission[]> {
  const channels = new Map<ChannelId, Submission[]>();
  for (const submission of submissions) {
    const known = channels.get(submission.entry.channel);
    if (known === undefined) channels.set(submission.entry.channel, [submission]);
    else known.push(submission);
  }
  return channels;
}

interface OfChannel {
  readonly channel: ChannelId;
  readonly before: ChannelHead;
  readonly submissions: readonly Submission[];
  readonly at: number;
}

function planChannel(
  { channel, before, submissions, at }: OfChannel,
  refused: BatchPlan['refused'][number][],
  deferred: Submission[],
): ChannelPlan {
  const ids = new Set<string>();
  const events: PlannedEvent[] = [];
  let head = before;
  for (const submission of submissions) {
    const { entry } = submission;
    const id = entry.type === 'record' ? entry.record.header.id : undefined;
    if (id !== undefined && ids.has(id)) deferred.push(submission);
    else if (entry.epoch !== head.epoch || isOfThoseBefore(entry, head))
      refused.push({ submission, error: staleEpoch(head.epoch) });
    else if (entry.type === 'record' && head.left.has(entry.sender)) refused.push({ submission, error: absent() });
    else {
      if (id !== undefined) ids.add(id);
      head = next(head, entry);
      events.push({ submission, place: { seq: head.lastSeq, at, chain: head.chain } });
    }
  }
  return { channel, before, after: head, events };
}

/** A leaving ends a membership without ending the epoch. What a commit was judged by is over with it, whosever it is. */
function isOfThoseBefore(entry: Entry, { left }: ChannelHead): boolean {
  return entry.type === 'commit' && [...left].some((device) => entry.members.has(device));
}

function next(head: ChannelHead, entry: Entry): ChannelHead {
  const lastSeq = head.lastSeq + 1;
  return {
    epoch: entry.type === 'commit' ? head.epoch + 1 : head.epoch,
    lastSeq,
    chain: nodeChainHashing.nextChainHash(head.chain, lastSeq, eventHash(entry)),
    left: entry.type === 'record' ? head.left : leftAfter(head, entry),
  };
}

function leftAfter({ left }: ChannelHead, { type, membership }: Exclude<Entry, { type: 'record' }>) {
  // Whoever a commit adds has been out of the group.
  const added = new Set(membership.added);
  return new Set([...left, ...(type === 'proposal' ? membership.removed : [])].filter((device) => !added.has(device)));
}

function eventHash(entry: Entry): Uint8Array {
  switch (entry.type) {
    case 'record':
      return nodeChainHashing.recordEventHash(entry.record.hashes);
    case 'commit':
      return nodeChainHashing.commitEventHash(entry.payload);
    case 'proposal':
      return nodeChainHashing.proposalEventHash(entry.payload);
  }
}

export function staleEpoch(epoch: number): LiaisonError {
  return new LiaisonError(
    'stale-epoch',
    `The channel is at epoch ${epoch} now. Fetch its events, then send again for that epoch.`,
    { check: 'REC-05' },
  );
}

export function absent(): LiaisonError {
  return new LiaisonError('not-found', 'There is no such channel, or it is not open to this device.', {
    check: 'CHN-10',
  });
}
