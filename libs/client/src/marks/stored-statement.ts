import type { Statement } from '#liaison/policy';
import { contactPointOf, type ChannelId, type DeviceAddress, type RecordId } from '#liaison/protocol';
import type { OpenedRecord } from '../record-pipeline.js';
import type { Transaction } from '../transaction.js';
import { MARK_KEYS } from './mark-keys.js';

/** What an originator, or somebody who asks, said of a record, with when and in which words. */
export interface StoredStatement extends Statement {
  readonly sender: DeviceAddress;
  /** When the hub stored it. */
  readonly at: string;
  /** What the officer wrote beside it. */
  readonly words?: string;
}

/** Sees the transaction's own writes. */
export async function statementsAbout(
  transaction: Transaction,
  channel: ChannelId,
  record: RecordId,
): Promise<readonly StoredStatement[]> {
  return (await transaction.getJson<StoredStatement[]>(MARK_KEYS.about(channel, record))) ?? [];
}

/** @returns the record that it is about; undefined for a record that says nothing of another. */
export async function storeStatement(transaction: Transaction, record: OpenedRecord): Promise<RecordId | undefined> {
  const statement = statementOf(record);
  const { inReplyTo: about } = record.header;
  if (statement === undefined || about === undefined) return undefined;
  const before = await statementsAbout(transaction, record.channel, about);
  transaction.putJson(MARK_KEYS.about(record.channel, about), [...before, statement]);
  return about;
}

function statementOf({ header, body, sender, storedAt }: OpenedRecord): StoredStatement | undefined {
  const { id, kind, marking, consent } = header;
  if (kind !== 'marking' && kind !== 'withdrawal' && kind !== 'consent') return undefined;
  const words = body.type === 'content' ? body.subject : undefined;
  return {
    id,
    kind,
    by: contactPointOf(sender),
    marking,
    ...(consent && { terms: consent }),
    sender,
    at: storedAt,
    ...(words !== undefined && { words }),
  };
}
