import type { ChannelId } from '#liaison/protocol';
import type { ChannelHead } from './batch-plan.js';
import type { Submission } from './submission.js';

const MOST_HEADS = 50_000;

/** Where channels stand, as this node last saw it. A guess: the ledger compares before it swaps. */
export class HeadCache {
  private readonly heads = new Map<ChannelId, ChannelHead>();

  get(channel: ChannelId): ChannelHead | undefined {
    return this.heads.get(channel);
  }

  put(channel: ChannelId, head: ChannelHead): void {
    this.heads.delete(channel);
    this.heads.set(channel, head);
    if (this.heads.size <= MOST_HEADS) return;
    const [oldest] = this.heads.keys();
    if (oldest !== undefined) this.heads.delete(oldest);
  }

  forget(channel: ChannelId): void {
    this.heads.delete(channel);
  }

  /** The heads that a batch of nothing but records needs; nothing where one is unknown or a commit is among them. */
  all(batch: readonly Submission[]): ReadonlyMap<ChannelId, ChannelHead> | undefined {
    for (const { entry } of batch) {
      if (entry.type !== 'record' || !this.heads.has(entry.channel)) return undefined;
    }
    return this.heads;
  }
}
