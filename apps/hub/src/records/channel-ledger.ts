import type { ChannelId } from '#liaison/protocol';
import type { BatchPlan, ChannelHead } from './batch-plan.js';
import type { TakenRecord } from './submission.js';

/** What became of a plan: a channel has either moved with all of its events, or not at all. */
export interface AppendResult {
  /** With the place in the log of the entry of the channel's first event; the others follow. */
  readonly moved: ReadonlyMap<ChannelId, number>;
  /** Records of the plan whose ids are stored already. A channel that has one does not move. */
  readonly taken: readonly TakenRecord[];
}

/**
 * Where the sequence of every channel is kept. When a method resolves, what it reports as moved is durable; when it
 * rejects, it is unknown whether the transaction took place, and the heads have to be read again.
 */
export interface ChannelLedger {
  /** One transaction: a compare-and-swap of each channel's head, and the events of those that succeed. Records only. */
  append(plan: BatchPlan): Promise<AppendResult>;
  /**
   * One transaction that first locks the channels in the order of their ids, so that `plan` sees heads which nobody else can move.
   * For commits, for channels whose head is not known, and after another node has moved one.
   */
  appendLocked(
    channels: readonly ChannelId[],
    plan: (heads: ReadonlyMap<ChannelId, ChannelHead>) => BatchPlan,
  ): Promise<{ readonly plan: BatchPlan; readonly result: AppendResult }>;
}
