import { verifyRecord } from '#liaison/crypto';
import { contactPointOf, hasRole, LiaisonError, type RecordHeader, type RecordId } from '#liaison/protocol';
import { asBreach, breach } from './breach.js';
import type { ChannelReading } from './channel-reading.js';
import {
  BEFORE_JOINING,
  cardOfBreach,
  cardOfRefusedEpoch,
  type FailureCard,
  SENT_BEFORE_LOSS,
} from './failure-card.js';
import { KEYS } from './keys.js';
import { recogniseOwn } from './outbox-item.js';
import {
  authenticateOwnRecord,
  authenticateRecord,
  type AuthenticatedRecord,
  type OpenedRecord,
  openRecord,
  type ParsedRecord,
  parseRecord,
  type ReceivedRecord,
} from './record-pipeline.js';

/** What is kept for one place. */
export type StoredRecord =
  | { readonly outcome: 'opened'; readonly record: OpenedRecord }
  | { readonly outcome: 'failed'; readonly seq: number; readonly header?: RecordHeader; readonly card: FailureCard };

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
  }
}

/** Records of which it is known beforehand that this device has no keys: nobody's fault, no alarm. */
function cardWithoutOpening({ channel }: ChannelReading, { header }: ParsedRecord): FailureCard | undefined {
  const { membership, epoch, refusedCommit } = channel.state;
  if (membership !== 'member' || channel.group === undefined) return BEFORE_JOINING;
  return refusedCommit !== undefined && header.epoch > epoch ? cardOfRefusedEpoch(refusedCommit) : undefined;
}

async function openAndStore(reading: ChannelReading, record: ParsedRecord): Promise<void> {
  // Only what was authenticated before holds a place, so that nobody can take an id away from its record.
  const place = KEYS.place(record.channel, record.header.id);
  if ((await reading.transaction.get(place)) !== undefined) throw breach('CLI-06');
  const authenticated = await authenticate(reading, record);
  if (authenticated === undefined) {
    storeFailure(reading, record.seq, SENT_BEFORE_LOSS, record.header);
    return;
  }
  reading.transaction.putJson(place, { seq: record.seq });
  await reading.compareSeen(record.header.seen, record.seq, authenticated.own);
  await store(reading, openRecord(authenticated));
}

/** @returns undefined for an own record from before the local data were lost. */
async function authenticate(reading: ChannelReading, record: ParsedRecord): Promise<AuthenticatedRecord | undefined> {
  const { device, trust, channel, transaction } = reading;
  if (record.header.sender === device.address) {
    const sent = await recogniseOwn(transaction, record);
    if (sent !== undefined) return authenticateOwnRecord(record, sent);
    if (!verifyRecord(record.hashes, record.signature, device.key.publicKey)) throw breach('CLI-15');
    return undefined;
  }
  if (channel.group === undefined)
    throw new LiaisonError('internal', 'A record is opened with the keys of its channel.');
  const { profile, epoch } = channel.state;
  const input = { group: channel.group, profile, epoch, trust, at: reading.at, mls: device.mls };
  const { authenticated, group } = await authenticateRecord(record, input);
  channel.group = group;
  return authenticated;
}

async function store(reading: ChannelReading, record: OpenedRecord): Promise<void> {
  const { transaction, channel } = reading;
  const stored: StoredRecord = { outcome: 'opened', record };
  transaction.putJson(KEYS.record(record.channel, record.seq), stored);
  transaction.tell({ type: 'record', channel: record.channel, record });
  reading.report.records += 1;
  const { body, header } = record;
  const answered = header.inReplyTo;
  if (body.type === 'acknowledgement' && answered !== undefined && (await isHeld(reading, answered))) {
    const acknowledgement = { state: body.state, device: record.sender, at: header.sentAt };
    transaction.putJson(KEYS.acknowledgement(record.channel, answered, record.seq), acknowledgement);
  }
  if (body.type === 'channel-title' && hasRole(channel.state.profile, contactPointOf(record.sender), 'administer')) {
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
