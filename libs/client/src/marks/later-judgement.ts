import { reasonsOf } from '#liaison/policy';
import type { ChannelId } from '#liaison/protocol';
import type { ChannelBook } from '../channel-book.js';
import { ChannelReading } from '../channel-reading.js';
import type { Device } from '../device.js';
import { cardOfBreach } from '../failure-card.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../stored-record.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { MARK_KEYS } from './mark-keys.js';
import { judge, refusalOf } from './mark-judge.js';
import { judgedIn } from './mark-reading.js';

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

  async isWaiting(): Promise<boolean> {
    return (await this.#waiting()).length > 0;
  }

  /** @param readOthers reads roster and channels up to now. */
  async settle(readOthers: () => Promise<void>): Promise<void> {
    const waiting = await this.#waiting();
    if (waiting.length === 0) return;
    await readOthers();
    for (const { key, channel, seq } of waiting) {
      await this.device.transact(async (transaction) => {
        await this.#judge(transaction, channel, seq);
        transaction.delete(key);
      });
    }
  }

  #waiting(): Promise<{ readonly key: string; readonly channel: ChannelId; readonly seq: number }[]> {
    return this.device.transact(async (transaction) =>
      (await transaction.stored(MARK_KEYS.unjudged)).map(({ key, value }) => {
        const [, channel] = key.split('/');
        const { seq } = jsonOf(value) as { seq: number };
        return { key, channel: channel as ChannelId, seq };
      }),
    );
  }

  async #judge(transaction: Transaction, id: ChannelId, seq: number): Promise<void> {
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
