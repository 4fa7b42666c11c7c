import { keyOf, MOST_SOURCES, type FiledRecord, type RecordFile, type RecordRef } from '#liaison/policy';
import { contactPointOf, type RecordHeader } from '#liaison/protocol';
import type { ChannelState } from '../channel-state.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../stored-record.js';
import type { Transaction } from '../transaction.js';
import { statementsAbout, type StoredStatement } from './stored-statement.js';

/**
 * These records and all that they go back to, as far as this device holds them.
 * @param asOf milliseconds since 1970: what was taken back or marked anew after it is left out.
 */
export async function loadFile(
  transaction: Transaction,
  refs: readonly RecordRef[],
  asOf = Infinity,
): Promise<RecordFile> {
  const records = new Map<string, FiledRecord>();
  const waiting = [...refs];
  for (let ref = waiting.pop(); ref !== undefined && records.size <= MOST_SOURCES; ref = waiting.pop()) {
    if (records.has(keyOf(ref))) continue;
    const record = await filedRecord(transaction, ref, asOf);
    if (record === undefined) continue;
    records.set(keyOf(ref), record);
    waiting.push(...record.derivedFrom);
  }
  return (ref) => records.get(keyOf(ref));
}

export async function storedRecord(
  transaction: Transaction,
  { channel, record }: RecordRef,
): Promise<StoredRecord | undefined> {
  const place = await transaction.getJson<{ seq: number }>(KEYS.place(channel, record));
  return place && transaction.getJson<StoredRecord>(KEYS.record(channel, place.seq));
}

/** Only what was authentic counts: a record that failed its checks is nobody's word. */
export function authenticHeader(stored: StoredRecord | undefined): RecordHeader | undefined {
  if (stored?.outcome === 'opened') return stored.record.header;
  return stored?.withdrawn === undefined ? undefined : stored.header;
}

async function filedRecord(transaction: Transaction, ref: RecordRef, asOf: number): Promise<FiledRecord | undefined> {
  const header = authenticHeader(await storedRecord(transaction, ref));
  const state = await transaction.getJson<ChannelState>(KEYS.channel(ref.channel));
  if (header === undefined || state === undefined) return undefined;
  return filedAs(transaction, header, state, asOf);
}

/** A record by its header, with what is known here to have been said of it. */
export async function filedAs(
  transaction: Transaction,
  header: RecordHeader,
  { profile }: Pick<ChannelState, 'profile'>,
  asOf: number,
): Promise<FiledRecord> {
  const { channel, id, kind, sender, marking, releasableTo = profile.releasableTo, derivedFrom = [] } = header;
  const statements = (await statementsAbout(transaction, channel, id)).filter(
    (statement) => !restricts(statement) || Date.parse(statement.at) <= asOf,
  );
  const exercise = header.exercise === true;
  const sentBy = contactPointOf(sender);
  return { channel, record: id, kind, sentBy, marking, releasableTo, exercise, derivedFrom, statements };
}

/** What may leave less allowed than before. */
function restricts({ kind, terms }: StoredStatement): boolean {
  return kind === 'consent' ? terms?.state === 'revoked' : true;
}
