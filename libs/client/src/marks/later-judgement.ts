import { reasonsOf } from '#liaison/policy';
import type { ChannelBook } from '../channel-book.js';
import { ChannelReading } from '../channel-reading.js';
import type { Device } from '../device.js';
import { cardOfBreach } from '../failure-card.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../stored-record.js';
import type { Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { MARK_KEYS } from './mark-keys.js';
import { judge, refusalOf } from './mark-judge.js';
import { judgedIn, type Unjudged } from './mark-reading.js';

/**
 * Whether a record might be made of its sources depends on what was said of them in other channels, and in the newest roster:
 * so it is judged after those have been read as well.
 */
export class LaterJudgement {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
  ) {}

  /** @param readOthers reads roster and channels up to now. */
  async settle(readOthers: () => Promise<void>): Promise<void> {
    const waiting = await this.#waiting();
    if (waiting.length === 0) return;
    await readOthers();
    for (const place of waiting) {
      await this.device.transact(async (transaction) => {
        await this.#judge(transaction, place);
        const left = (await unjudged(transaction)).filter(
          ({ channel, seq }) => channel !== place.channel || seq !== place.seq,
        );
        if (left.length > 0) transaction.putJson(MARK_KEYS.unjudged, left);
        else transaction.delete(MARK_KEYS.unjudged);
      });
    }
  }

  #waiting(): Promise<readonly Unjudged[]> {
    return this.device.transact(unjudged);
  }

  async #judge(transaction: Transaction, { channel: id, seq }: Unjudged): Promise<void> {
    const stored = await transaction.getJson<StoredRecord>(KEYS.record(id, seq));
    const channel = await this.book.find(transaction, id);
    if (stored?.outcome !== 'opened' || channel === undefined) return;
    const reading = new ChannelReading(this.device, await this.trust.current(transaction), transaction, channel);
    const judged = judgedIn(reading);
    if (judged === undefined) return;
    const reasons = reasonsOf(await judge(stored.record, judged, 'pass'));
    if (reasons.length === 0) return;
    const error = refusalOf(reasons, 'integrity');
    const card = cardOfBreach(error);
    const failed: StoredRecord = { outcome: 'failed', seq, header: stored.record.header, card };
    transaction.putJson(KEYS.record(id, seq), failed);
    transaction.tell({ type: 'failure', channel: id, seq, card });
    await reading.alarm(error, seq);
    this.book.save(transaction, channel);
  }
}

async function unjudged(transaction: Transaction): Promise<readonly Unjudged[]> {
  return (await transaction.getJson<Unjudged[]>(MARK_KEYS.unjudged)) ?? [];
}
