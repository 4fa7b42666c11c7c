import { verifyRecord } from '#liaison/crypto';
import { explainReasons, mayAdminister } from '#liaison/policy';
import { contactPointOf, LiaisonError, type RecordHeader, type RecordId, toBase64url } from '#liaison/protocol';
import { asBreach, breach } from './breach.js';
import type { ChannelReading } from './channel-reading.js';
import { queueDeposit } from './custody/key-deposits.js';
import {
  BEFORE_JOINING,
  cardOfBreach,
  cardOfRefusedEpoch,
  cardOfUnreadable,
  type FailureCard,
  SENT_BEFORE_LOSS,
} from './failure-card.js';
import { heedHistory } from './history/heed-history.js';
import { keepOpening } from './history/record-opening.js';
import { KEYS } from './keys.js';
import { againstReading, heedMarks, heedStatement, requireLawfulMarks } from './marks/mark-reading.js';
import { findOwn, letGo, sendAgain, type StoredItem } from './outbox-item.js';
import { type ParsedRecord, parseRecord, type ReceivedRecord } from './parsed-record.js';
import {
  authenticateOwnRecord,
  authenticateRecord,
  type AuthenticatedRecord,
  type OpenedRecord,
  openRecord,
} from './record-pipeline.js';
import type { StoredRecord } from './stored-record.js';

export type { StoredRecord } from './stored-record.js';

/** Takes one record through the pipeline and stores what came of it: the record, or a card that says why not. */
export async function readRecord(reading: ChannelReading, event: ReceivedRecord): Promise<void> {
  let record: ParsedRecord | undefined;
  try {
    record = parseRecord(event);
    const card = cardWithoutOpening(reading, record);
    if (card !== undefined) storeFailure(reading, event.seq, card, record.header);
    else await openAndStore(reading, record);
  } catch (cause) {
    const error = asBreach('CLI-19', cause);
    await reading.alarm(error, event.seq);
    storeFailure(reading, event.seq, cardOfBreach(error), record?.header);
    if (record?.header.sender === reading.device.address) await sendAgain(reading.transaction, record.header.id);
  }
}

/** Records of which it is known beforehand that this device has no keys: nobody's fault, no alarm. */
function cardWithoutOpening({ channel }: ChannelReading, { header }: ParsedRecord): FailureCard | undefined {
  const { membership, epoch, refusedCommit } = channel.state;
  if (membership !== 'member' || channel.group === undefined) return BEFORE_JOINING;
  return refusedCommit !== undefined && header.epoch > epoch ? cardOfRefusedEpoch(refusedCommit) : undefined;
}

async function openAndStore(reading: ChannelReading, record: ParsedRecord): Promise<void> {
  if (record.header.sender === reading.device.address) return openOwn(reading, record);
  // Only what was authenticated before holds a place, so that nobody can take an id away from its record.
  await requireNew(reading, record);
  await storeAuthentic(reading, await authenticate(reading, record));
}

async function openOwn(reading: ChannelReading, record: ParsedRecord): Promise<void> {
  const own = await findOwn(reading.transaction, record);
  if (own === undefined) return readForgotten(reading, record);
  await requireNew(reading, record);
  const { certificate } = reading.device.profile;
  await storeAuthentic(reading, authenticateOwnRecord(record, own.attempt, certificate));
  letGo(reading.transaction, own.item, record.seq);
}

/**
 * This device signed it and does not remember it: it lost its data, or was put back to an older copy of them. What that
 * copy would send next in this epoch takes keys that the others have seen used, and none of them could open it.
 */
async function readForgotten(reading: ChannelReading, record: ParsedRecord): Promise<void> {
  const { device, channel, transaction } = reading;
  const { header, hashes, signature, seq } = record;
  if (!verifyRecord(hashes, signature, device.key.publicKey)) throw breach('CLI-15');
  const shown = await shownBefore(reading, header.id);
  const isReplay = shown?.outcome === 'opened' && shown.record.headerHash === toBase64url(hashes.headerHash);
  if (!isReplay && header.epoch === channel.state.epoch) reading.update({ keysUsedUpIn: header.epoch });
  if (shown !== undefined) throw breach('CLI-06');
  storeFailure(reading, seq, SENT_BEFORE_LOSS, header);
  const item = await transaction.getJson<StoredItem>(KEYS.openItem(header.id));
  if (item?.channel === record.channel) letGo(transaction, item, seq);
}

async function requireNew(reading: ChannelReading, { header }: ParsedRecord): Promise<void> {
  if ((await shownBefore(reading, header.id)) !== undefined) throw breach('CLI-06');
}

async function shownBefore({ transaction, channel }: ChannelReading, id: RecordId): Promise<StoredRecord | undefined> {
  const place = await transaction.getJson<{ seq: number }>(KEYS.place(channel.state.id, id));
  return place && transaction.getJson<StoredRecord>(KEYS.record(channel.state.id, place.seq));
}

async function storeAuthentic(reading: ChannelReading, authenticated: AuthenticatedRecord): Promise<void> {
  const { channel, seq, header } = authenticated.record;
  reading.transaction.putJson(KEYS.place(channel, header.id), { seq });
  await reading.compareSeen(header.seen, seq, authenticated.own);
  const record = openRecord(authenticated);
  await requireLawfulMarks(reading, record);
  const against = await againstReading(reading, record);
  if (against.length > 0) return keepUnread(reading, record, explainReasons(against));
  await store(reading, record, authenticated);
  await queueDeposit(reading, authenticated);
  await heedMarks(reading, record);
  await heedHistory(reading, record, authenticated.certificate);
}

/** What it says of other records counts all the same. */
async function keepUnread(reading: ChannelReading, record: OpenedRecord, reasons: string): Promise<void> {
  const { channel, seq, storedAt, header } = record;
  storeFailure(reading, seq, cardOfUnreadable(reasons), header);
  await heedStatement(reading, { channel, seq, storedAt, header });
}

async function authenticate(reading: ChannelReading, record: ParsedRecord): Promise<AuthenticatedRecord> {
  const { device, trust, channel, orderedAt } = reading;
  if (channel.group === undefined)
    throw new LiaisonError('internal', 'A record is opened with the keys of its channel.');
  const { profile, epoch } = channel.state;
  const input = { group: channel.group, profile, epoch, trust, at: reading.at, orderedAt, mls: device.mls };
  const { authenticated, group } = await authenticateRecord(record, input);
  channel.group = group;
  return authenticated;
}

async function store(reading: ChannelReading, record: OpenedRecord, authenticated: AuthenticatedRecord): Promise<void> {
  const { transaction, channel } = reading;
  const { serial } = authenticated;
  const opening = await keepOpening(transaction, authenticated);
  const stored: StoredRecord = { outcome: 'opened', record, opening, ...(serial !== undefined && { serial }) };
  transaction.putJson(KEYS.record(record.channel, record.seq), stored);
  transaction.tell({ type: 'record', channel: record.channel, record });
  reading.report.records += 1;
  const { body } = record;
  await noteAcknowledgement(reading, record);
  if (body.type === 'channel-title' && mayAdminister(channel.state.profile, contactPointOf(record.sender)).allowed) {
    const { title, legalBasis, caseNumber } = body;
    const { legalBasis: _basis, caseNumber: _case, ...state } = channel.state;
    channel.state = {
      ...state,
      title,
      ...(legalBasis === undefined ? {} : { legalBasis }),
      ...(caseNumber === undefined ? {} : { caseNumber }),
    };
  }
}

/** Of a record that this device holds. */
export async function noteAcknowledgement(
  reading: ChannelReading,
  { channel, seq, header, body, sender }: OpenedRecord,
): Promise<void> {
  const answered = header.inReplyTo;
  if (body.type !== 'acknowledgement' || answered === undefined || !(await isHeld(reading, answered))) return;
  const acknowledgement = { state: body.state, device: sender, at: header.sentAt };
  reading.transaction.putJson(KEYS.acknowledgement(channel, answered, seq), acknowledgement);
}

/** Only what was shown in this channel can be acknowledged in it. */
async function isHeld({ transaction, channel }: ChannelReading, record: RecordId): Promise<boolean> {
  return (await transaction.get(KEYS.place(channel.state.id, record))) !== undefined;
}

function storeFailure(reading: ChannelReading, seq: number, card: FailureCard, header: RecordHeader | undefined): void {
  const channel = reading.channel.state.id;
  const stored: StoredRecord = { outcome: 'failed', seq, card, ...(header === undefined ? {} : { header }) };
  reading.transaction.putJson(KEYS.record(channel, seq), stored);
  reading.transaction.tell({ type: 'failure', channel, seq, card });
  reading.report.failures += 1;
}
