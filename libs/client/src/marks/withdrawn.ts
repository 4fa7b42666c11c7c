import { contactPointOf, timestampOf, type DraftBody, type RecordId } from '#liaison/protocol';
import type { ChannelReading } from '../channel-reading.js';
import type { ChannelState } from '../channel-state.js';
import type { FailureCard } from '../failure-card.js';
import { KEYS } from '../keys.js';
import { MADE_OF_WITHDRAWN, saveItem, type StoredItem } from '../outbox-item.js';
import type { OpenedRecord } from '../record-pipeline.js';
import type { RecordRef } from '#liaison/policy';
import type { StoredRecord } from '../stored-record.js';
import { jsonOf } from '../transaction.js';
import type { RecordDraft } from '../views.js';
import { MARK_KEYS } from './mark-keys.js';
import { storedRecord } from './stored-file.js';
import type { SaidRecord } from './stored-statement.js';

/** What this device owes to whoever withdrew: a word that it has destroyed what it held, or that it held nothing. */
export interface OwedAttestation {
  readonly withdrawal: RecordId;
  readonly state: 'destroyed' | 'not-held';
  readonly at: string;
  readonly classification: OpenedRecord['header']['marking']['classification'];
}

/**
 * Destroys what this device holds of the withdrawn record: text and facts, translations of them, and the draft of it; its content key was not
 * kept. The header, which says that it existed and who sent it, stays.
 */
export async function heedWithdrawal(reading: ChannelReading, withdrawal: SaidRecord, about: RecordId): Promise<void> {
  const { transaction, channel, device } = reading;
  const stored = await storedRecord(transaction, { channel: channel.state.id, record: about });
  const held = stored?.outcome === 'opened' ? [stored.record] : [];
  const copies = [...held, ...(await translationsOf(reading, about)), ...(await draftsOf(reading, about))];
  for (const copy of copies) destroy(reading, copy, withdrawal);
  await dropWaiting(reading, about);
  const owed: OwedAttestation = {
    withdrawal: withdrawal.header.id,
    state: held.length > 0 ? 'destroyed' : 'not-held',
    at: timestampOf(device.clock),
    classification: withdrawal.header.marking.classification,
  };
  const key = MARK_KEYS.attestations(channel.state.id);
  const before = (await transaction.getJson<OwedAttestation[]>(key)) ?? [];
  transaction.putJson(key, [...before, owed]);
}

/** A translation that comes when what it translates is withdrawn already. */
export async function heedTranslation(reading: ChannelReading, record: OpenedRecord): Promise<void> {
  const { inReplyTo } = record.header;
  if (record.body.type !== 'translation' || inReplyTo === undefined) return;
  const translated = await storedRecord(reading.transaction, { channel: record.channel, record: inReplyTo });
  if (translated?.outcome !== 'failed' || translated.withdrawn === undefined) return;
  const { headerHash } = record;
  store(reading, record, { ...translated, seq: record.seq, withdrawn: { ...translated.withdrawn, headerHash } });
}

function destroy(reading: ChannelReading, record: OpenedRecord, withdrawal: SaidRecord): void {
  store(reading, record, tombstoneOf(record, withdrawal));
}

function store(
  { transaction }: ChannelReading,
  { channel, seq, header }: OpenedRecord,
  { card, withdrawn }: Extract<StoredRecord, { outcome: 'failed' }>,
): void {
  const tombstone: StoredRecord = { outcome: 'failed', seq, header, card, ...(withdrawn && { withdrawn }) };
  transaction.putJson(KEYS.record(channel, seq), tombstone);
  transaction.tell({ type: 'failure', channel, seq, card });
  transaction.scrub();
}

async function translationsOf(reading: ChannelReading, about: RecordId): Promise<OpenedRecord[]> {
  const records = await openedIn(reading, reading.channel.state.id);
  return records.filter(({ header, body }) => body.type === 'translation' && header.inReplyTo === about);
}

/** What a second officer was shown before it was sent: in home channels, on the devices of who sent it. */
async function draftsOf(reading: ChannelReading, about: RecordId): Promise<OpenedRecord[]> {
  const states = (await reading.transaction.stored(KEYS.channels)).map(({ value }) => jsonOf(value) as ChannelState);
  const homes = states.filter(({ profile }) => profile.kind === 'home');
  const records = (await Promise.all(homes.map(({ id }) => openedIn(reading, id)))).flat();
  const channel = reading.channel.state.id;
  return records.filter(
    ({ body }) => body.type === 'draft' && (body.header.id === about || drafts(body, { channel, record: about })),
  );
}

/** Whether a draft is of a translation of this record. */
function drafts({ header, body }: DraftBody, { channel, record }: RecordRef): boolean {
  return body.type === 'translation' && header.channel === channel && header.inReplyTo === record;
}

async function openedIn({ transaction }: ChannelReading, channel: ChannelState['id']): Promise<OpenedRecord[]> {
  const entries = await transaction.entries(KEYS.records(channel));
  return entries.flatMap(({ value }) => {
    const stored = jsonOf(value) as StoredRecord;
    return stored.outcome === 'opened' ? [stored.record] : [];
  });
}

/**
 * What waits here and was made of it is not sent, and its text leaves the outbox. What the hub may have stored already is left to its
 * answer, as it was encrypted: nothing of it can be encrypted anew.
 */
async function dropWaiting({ transaction, channel }: ChannelReading, about: RecordId): Promise<void> {
  const source = { channel: channel.state.id, record: about };
  const open = await transaction.entries(KEYS.openItems);
  // What a closed channel did not take is kept, and goes too.
  const kept = await transaction.entries(KEYS.doneItems);
  for (const { value } of [...open, ...kept]) {
    const item = jsonOf(value) as StoredItem;
    const { draft, ...sent } = item;
    if (draft === undefined || !isMadeOf(draft, source)) continue;
    if (item.attempts.length > 0) saveItem(transaction, sent);
    else saveItem(transaction, { ...item, state: 'failed', problem: MADE_OF_WITHDRAWN });
    transaction.scrub();
  }
}

function isMadeOf({ channel, derivedFrom = [], inReplyTo, body }: RecordDraft, source: RecordRef): boolean {
  const passesOn = derivedFrom.some((each) => each.channel === source.channel && each.record === source.record);
  const translates = channel === source.channel && body.type === 'translation' && inReplyTo === source.record;
  return passesOn || translates || (body.type === 'draft' && drafts(body, source));
}

function tombstoneOf(
  { seq, header, headerHash }: OpenedRecord,
  { header: { id, sender }, storedAt, words }: SaidRecord,
): Extract<StoredRecord, { outcome: 'failed' }> {
  const by = contactPointOf(sender);
  return {
    outcome: 'failed',
    seq,
    header,
    card: cardOfWithdrawn(by, storedAt, words),
    withdrawn: { by, at: storedAt, record: id, headerHash },
  };
}

function cardOfWithdrawn(by: string, at: string, words: string | undefined): FailureCard {
  return {
    check: 'POL-10',
    whatHappened: `Withdrawn by ${by} at ${at}${words === undefined ? '.' : `: ${words}`}`,
    contentLost: 'here',
    whoCanMend: 'The originator, by sending it anew.',
    next: 'Do not use what you remember or printed of it. Destroy copies outside this device.',
  };
}
