import { reasonsOf } from '#liaison/policy';
import type { ChannelId } from '#liaison/protocol';
import type { ChannelBook } from '../channel-book.js';
import { ChannelReading } from '../channel-reading.js';
import type { Device } from '../device.js';
import { cardOfBreach } from '../failure-card.js';
import { KEYS } from '../keys.js';
import type { OpenedRecord } from '../record-pipeline.js';
import type { StoredRecord } from '../stored-record.js';
import type { Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { MARK_KEYS } from './mark-keys.js';
import { judge, refusalOf } from './mark-judge.js';
import { LATER, type Unjudged } from './mark-reading.js';

/**
 * Whether a record might be made of its sources depends on what was said of them in other channels, and in the newest roster:
 * so it is judged after those have been read as well, by what counted when it was stored. What is found against it is a warning: a hub that
 * holds back what its sender had read would find it too, so its content is kept.
 */
export class LaterJudgement {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
  ) {}

  /** @param readOthers reads roster and channels up to now; returns the channels that it could read. */
  async settle(readOthers: () => Promise<ReadonlySet<ChannelId>>): Promise<void> {
    const waiting = await this.device.transact(unjudged);
    if (waiting.length === 0) return;
    const read = await readOthers();
    for (const entry of waiting) {
      await this.device.transact(async (transaction) => {
        if (!(await this.#isReadUp(transaction, entry, read))) return;
        await this.#judge(transaction, entry);
        const left = (await unjudged(transaction)).filter(
          ({ channel, seq }) => channel !== entry.channel || seq !== entry.seq,
        );
        if (left.length > 0) transaction.putJson(MARK_KEYS.unjudged, left);
        else transaction.delete(MARK_KEYS.unjudged);
      });
    }
  }

  /** What this device was removed from it reads no more: it judges by what it has. */
  async #isReadUp(transaction: Transaction, { sources }: Unjudged, read: ReadonlySet<ChannelId>): Promise<boolean> {
    for (const source of sources) {
      const membership = (await this.book.find(transaction, source))?.state.membership;
      if (membership !== undefined && membership !== 'removed' && !read.has(source)) return false;
    }
    return true;
  }

  async #judge(transaction: Transaction, entry: Unjudged): Promise<void> {
    const { channel: id, seq } = entry;
    const stored = await transaction.getJson<StoredRecord>(KEYS.record(id, seq));
    const channel = await this.book.find(transaction, id);
    if (stored?.outcome !== 'opened' || channel === undefined) return;
    const reading = new ChannelReading(this.device, await this.trust.current(transaction), transaction, channel);
    const reasons = await reasonsAgainst(reading, stored.record, entry);
    if (reasons.length === 0) return;
    const error = refusalOf(reasons, 'integrity');
    const warning = cardOfBreach(error);
    transaction.putJson(KEYS.record(id, seq), { ...stored, warning } satisfies StoredRecord);
    transaction.tell({ type: 'failure', channel: id, seq, card: warning });
    await reading.alarm(error, seq);
    this.book.save(transaction, channel);
  }
}

/** As its sender could see it: at the time when it was stored, of those whom it reached then. */
async function reasonsAgainst(
  { transaction, trust, channel: { state } }: ChannelReading,
  record: OpenedRecord,
  { recipients, agreements = [] }: Unjudged,
) {
  const at = Date.parse(record.storedAt);
  const profile = { ...state.profile, releasableTo: [...recipients] };
  const decision = await judge(
    record,
    {
      transaction,
      trust,
      state: { ...state, profile },
      members: recipients,
      agreements: [...agreements, ...(trust.roster.agreements ?? [])],
      at,
      asOf: at,
    },
    'pass',
  );
  return reasonsOf(decision).filter(({ code }) => LATER.includes(code));
}

async function unjudged(transaction: Transaction): Promise<readonly Unjudged[]> {
  return (await transaction.getJson<Unjudged[]>(MARK_KEYS.unjudged)) ?? [];
}
