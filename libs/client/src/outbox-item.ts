import {
  type ChannelId,
  LiaisonError,
  type Receipt,
  type RecordEnvelope,
  type RecordId,
  type RecordKind,
  toBase64url,
} from '#liaison/protocol';
import type { ChannelState } from './channel-state.js';
import { KEYS } from './keys.js';
import type { ParsedRecord } from './parsed-record.js';
import { jsonOf, type Transaction } from './transaction.js';
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
  /** Absent once the item is done, but for what {@link isKept}, or what it was made of was withdrawn while an attempt was on its way. */
  readonly draft?: RecordDraft;
  readonly attempts: readonly Attempt[];
  readonly receipt?: Receipt;
  readonly problem?: NonNullable<OutboxItem['problem']>;
  /** Of a failed item, whose draft is gone and which no channel shows. */
  readonly subject?: string;
  /** Where the channel showed it. */
  readonly seenAt?: number;
}

/** Why nothing more is sent of an item. */
export const MADE_OF_WITHDRAWN: NonNullable<StoredItem['problem']> = {
  code: 'not-allowed',
  check: 'POL-10',
  message: 'What it was made of was withdrawn before it was sent.',
};

export function itemView(item: StoredItem): OutboxItem {
  const { id, channel, kind, state, queuedAt, receipt, problem } = item;
  const subject = subjectOf(item);
  return {
    id,
    channel,
    kind,
    state,
    queuedAt,
    ...(receipt === undefined ? {} : { receipt }),
    ...(problem === undefined ? {} : { problem }),
    ...(subject === undefined ? {} : { subject }),
    ...(isKept(item) && item.draft !== undefined ? { kept: true } : {}),
  };
}

function subjectOf({ draft, subject }: StoredItem): string | undefined {
  return draft?.body.type === 'content' ? draft.body.subject : subject;
}

/** An item is done when it failed, or when it was stored and this device has read it back: its plaintext leaves the outbox then. */
export function saveItem(transaction: Transaction, item: StoredItem): void {
  const done = item.state === 'failed' || (item.state === 'stored' && item.seenAt !== undefined);
  if (done) {
    const { draft, ...rest } = item;
    const kept = isKept(item) && draft !== undefined ? { draft } : {};
    transaction.delete(KEYS.openItem(item.id));
    const isWithdrawn = item.problem?.check === 'POL-10';
    const subject = item.state === 'failed' && !isWithdrawn ? subjectOf(item) : undefined;
    transaction.putJson(KEYS.doneItem(item.id), {
      ...rest,
      attempts: [],
      ...kept,
      ...(subject !== undefined && { subject }),
    });
  } else transaction.putJson(KEYS.openItem(item.id), item);
  transaction.tell({ type: 'outbox', item: itemView(item) });
}

/** What went out too late for a channel that was closed is not lost: it may be sent when it is reopened, or into another. */
function isKept({ state, problem }: StoredItem): boolean {
  return state === 'failed' && (problem?.check === 'CLI-24' || problem?.check === 'REC-20');
}

/** @throws LiaisonError `not-found`. */
export async function keptDraft(transaction: Transaction, id: RecordId): Promise<RecordDraft> {
  const item = await transaction.getJson<StoredItem>(KEYS.doneItem(id));
  if (item?.draft === undefined) throw new LiaisonError('not-found', 'Nothing is kept of such a record.');
  return item.draft;
}

/** @throws LiaisonError `not-found`. */
export async function discardKept(transaction: Transaction, id: RecordId): Promise<void> {
  await keptDraft(transaction, id);
  transaction.delete(KEYS.doneItem(id));
  transaction.scrub();
}

/** A record of this device's own outbox. */
export interface OwnRecord {
  readonly item: StoredItem;
  /** The attempt that the hub stored: header, body and key message are all as they were sent. */
  readonly attempt: Attempt;
}

export async function findOwn(transaction: Transaction, record: ParsedRecord): Promise<OwnRecord | undefined> {
  const item = await transaction.getJson<StoredItem>(KEYS.openItem(record.header.id));
  const attempt = item?.attempts.find((each) => isSame(each, record));
  return item === undefined || attempt === undefined ? undefined : { item, attempt };
}

/** The channel showed the record, whole and authentic: the outbox lets go of it. */
export function letGo(transaction: Transaction, item: StoredItem, seq: number): void {
  const { problem: _problem, ...rest } = item;
  saveItem(transaction, { ...rest, state: 'stored', seenAt: seq });
}

/** For a record that the hub confirmed and did not store. Nothing changes where the channel has shown it. */
export async function sendAgain(transaction: Transaction, id: RecordId): Promise<void> {
  const item = await transaction.getJson<StoredItem>(KEYS.openItem(id));
  if (item?.state !== 'stored') return;
  const { receipt: _receipt, ...rest } = item;
  saveItem(transaction, { ...rest, state: 'sending' });
}

function isSame(attempt: Attempt, { hashes }: ParsedRecord): boolean {
  return (
    attempt.headerHash === toBase64url(hashes.headerHash) &&
    attempt.bodyHash === toBase64url(hashes.bodyHash) &&
    attempt.mlsHash === toBase64url(hashes.mlsHash)
  );
}

/** Of a channel, in order: not stored yet, as far as this device knows. */
export async function openItemsOf(transaction: Transaction, channel: ChannelId): Promise<StoredItem[]> {
  const items = (await transaction.stored(KEYS.openItems)).map(({ value }) => jsonOf(value) as StoredItem);
  return items.filter((item) => item.channel === channel && item.state !== 'stored');
}

export function failForNoMember(
  transaction: Transaction,
  { left }: Pick<ChannelState, 'left'>,
  item: StoredItem,
): void {
  const message = `This device ${left === undefined ? 'was removed from' : 'left'} the channel before the record could be stored.`;
  saveItem(transaction, { ...item, state: 'failed', problem: { code: 'not-allowed', message } });
}

/** What waits for a channel that this device is no member of any more: where it is let in again, nobody who is there then gets it. */
export async function failWaiting(transaction: Transaction, state: ChannelState): Promise<void> {
  for (const item of await openItemsOf(transaction, state.id)) failForNoMember(transaction, state, item);
}
