import type { Statement } from '#liaison/policy';
import {
  contactPointOf,
  type ChannelId,
  type DeviceAddress,
  type RecordHeader,
  type RecordId,
} from '#liaison/protocol';
import type { OpenedRecord } from '../record-pipeline.js';
import { jsonOf, type Transaction } from '../transaction.js';
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
  const entries = await transaction.entries(MARK_KEYS.about(channel, record));
  return entries.map(({ value }) => jsonOf(value) as StoredStatement);
}

/** What says something of another record by its header, which outlives its content. */
export interface SaidRecord {
  readonly channel: ChannelId;
  readonly seq: number;
  readonly storedAt: string;
  readonly header: RecordHeader;
  /** Absent where the content was erased. */
  readonly words?: string;
}

export function saidBy({ channel, seq, storedAt, header, body }: OpenedRecord): SaidRecord {
  return { channel, seq, storedAt, header, ...(body.type === 'content' && { words: body.subject }) };
}

/** @returns the record that it is about; undefined for a record that says nothing of another. */
export function storeStatement(transaction: Transaction, record: SaidRecord): RecordId | undefined {
  const statement = statementOf(record);
  const { inReplyTo: about } = record.header;
  if (statement === undefined || about === undefined) return undefined;
  transaction.putJson(MARK_KEYS.statement(record.channel, about, record.seq), statement);
  return about;
}

function statementOf({ header, storedAt, words }: SaidRecord): StoredStatement | undefined {
  const { id, kind, sender, marking, consent } = header;
  if (kind !== 'marking' && kind !== 'withdrawal' && kind !== 'consent') return undefined;
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
