import { consentsInForce, standingOf, type RecordRef } from '#liaison/policy';
import type { ChannelId, DeviceAddress, RecordId } from '#liaison/protocol';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../stored-record.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { ConsentView, RecordMarks } from './record-marks.js';
import { authenticHeader, loadFile, storedRecord } from './stored-file.js';
import { statementsAbout, type StoredStatement } from './stored-statement.js';

/** @param at milliseconds since 1970. @returns undefined for a record that this device does not hold. */
export async function marksOf(transaction: Transaction, ref: RecordRef, at: number): Promise<RecordMarks | undefined> {
  const stored = await storedRecord(transaction, ref);
  const header = authenticHeader(stored);
  const standing = standingOf(await loadFile(transaction, [ref]), ref, at);
  if (stored === undefined || header === undefined || standing === undefined) return undefined;
  const { source, marking } = standing;
  const statements = await statementsAbout(transaction, ref.channel, ref.record);
  const withdrawn = stored.outcome === 'failed' ? stored.withdrawn : undefined;
  return {
    marking,
    asSent: header.marking,
    remarks: statements.filter(({ kind }) => kind === 'marking').map(remarkView),
    originators: source.originators,
    audience: source.audience,
    derivedFrom: header.derivedFrom ?? [],
    consents: consentViews(statements, ref, at),
    ...(withdrawn && { withdrawn }),
  };
}

/** As {@link marksOf}, where anything was said of the record since it was sent. */
export async function saidSince(
  transaction: Transaction,
  ref: RecordRef,
  at: number,
): Promise<RecordMarks | undefined> {
  const statements = await statementsAbout(transaction, ref.channel, ref.record);
  return statements.length === 0 ? undefined : marksOf(transaction, ref, at);
}

/** Of one channel, or of all, in the order of their records. */
export async function consentsOf(transaction: Transaction, at: number, only?: ChannelId): Promise<ConsentView[]> {
  const entries = await transaction.stored(only === undefined ? 'about/' : `about/${only}/`);
  const said = new Map<string, StoredStatement[]>();
  for (const { key, value } of entries) {
    const about = key.slice(0, key.lastIndexOf('/'));
    said.set(about, [...(said.get(about) ?? []), jsonOf(value) as StoredStatement]);
  }
  return [...said].flatMap(([about, statements]) => {
    const [, channel, record] = about.split('/') as ['about', ChannelId, RecordId];
    return consentViews(statements, { channel, record }, at);
  });
}

/** What devices said of a withdrawal that was heeded here. */
export async function attestationsOf(transaction: Transaction, ref: RecordRef) {
  const stored = await storedRecord(transaction, ref);
  const withdrawal = stored?.outcome === 'failed' ? stored.withdrawn?.record : undefined;
  const found: { device: DeviceAddress; state: 'destroyed' | 'not-held'; at: string }[] = [];
  if (stored?.outcome !== 'failed' || withdrawal === undefined) return found;
  for (const { value } of await transaction.stored(KEYS.records(ref.channel), {
    after: KEYS.record(ref.channel, stored.seq),
  })) {
    const later = jsonOf(value) as StoredRecord;
    if (later.outcome !== 'opened' || later.record.header.inReplyTo !== withdrawal) continue;
    const { body, sender } = later.record;
    if (body.type === 'attestation') found.push({ device: sender, state: body.state, at: body.at });
  }
  return found;
}

function remarkView({ id, by, at, marking, words }: StoredStatement): RecordMarks['remarks'][number] {
  return { record: id, by, at, marking, ...(words !== undefined && { words }) };
}

function consentViews(statements: readonly StoredStatement[], about: RecordRef, at: number): ConsentView[] {
  const consents = statements.flatMap((statement) => {
    const { terms, id, by } = statement;
    return terms === undefined
      ? []
      : [{ statement, consent: { id, channel: about.channel, about: about.record, by, terms } }];
  });
  const inForce = new Set(
    consentsInForce(
      consents.map(({ consent }) => consent),
      at,
    ).map(({ record }) => record),
  );
  return consents.map(({ statement: { sender, at: stated, words }, consent: { id, terms } }) => ({
    record: id,
    about,
    sender,
    at: stated,
    terms,
    ...(words !== undefined && { words }),
    inForce: inForce.has(id),
  }));
}
