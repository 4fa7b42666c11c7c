import type { ChannelId, Receipt, RecordEnvelope, RecordId, RecordKind } from '#liaison/protocol';
import { toBase64url } from '#liaison/protocol';
import { KEYS } from './keys.js';
import type { ParsedRecord } from './record-pipeline.js';
import type { Transaction } from './transaction.js';
import type { OutboxItem, OutboxState, RecordDraft } from './views.js';

/** One encryption of a record. A later one, for a later epoch, does not replace it: the hub may have stored either. */
export interface Attempt {
  readonly envelope: RecordEnvelope;
  readonly epoch: number;
  /** base64url, as the three hashes. */
  readonly contentKey: string;
  readonly headerHash: string;
  readonly bodyHash: string;
  readonly mlsHash: string;
}

/** What the outbox keeps until hub and channel both have shown the record. */
export interface StoredItem {
  readonly v: 1;
  readonly id: RecordId;
  readonly channel: ChannelId;
  readonly kind: RecordKind;
  readonly state: OutboxState;
  readonly queuedAt: string;
  /** Absent once the item is done. */
  readonly draft?: RecordDraft;
  readonly attempts: readonly Attempt[];
  readonly receipt?: Receipt;
  readonly problem?: NonNullable<OutboxItem['problem']>;
  /** Where the channel showed it. */
  readonly seenAt?: number;
}

export function itemView({ id, channel, kind, state, queuedAt, receipt, problem }: StoredItem): OutboxItem {
  return {
    id,
    channel,
    kind,
    state,
    queuedAt,
    ...(receipt === undefined ? {} : { receipt }),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** An item is done when it failed, or when it was stored and this device has read it back: its plaintext leaves the outbox then. */
export function saveItem(transaction: Transaction, item: StoredItem): void {
  const done = item.state === 'failed' || (item.state === 'stored' && item.seenAt !== undefined);
  if (done) {
    const { draft: _draft, ...rest } = item;
    transaction.delete(KEYS.openItem(item.id));
    transaction.putJson(KEYS.doneItem(item.id), { ...rest, attempts: [] });
  } else transaction.putJson(KEYS.openItem(item.id), item);
  transaction.tell({ type: 'outbox', item: itemView(item) });
}

/** The attempt that the hub stored, and the item marked as seen. */
export async function recogniseOwn(transaction: Transaction, record: ParsedRecord): Promise<Attempt | undefined> {
  const item = await transaction.getJson<StoredItem>(KEYS.openItem(record.header.id));
  const headerHash = toBase64url(record.hashes.headerHash);
  const attempt = item?.attempts.find((each) => each.headerHash === headerHash);
  if (item === undefined || attempt === undefined) return undefined;
  const { problem: _problem, ...rest } = item;
  saveItem(transaction, { ...rest, state: 'stored', seenAt: record.seq });
  return attempt;
}
