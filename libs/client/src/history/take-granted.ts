import { explainReasons, reasonsOf, type Decision } from '#liaison/policy';
import { asBreach, breach } from '../breach.js';
import type { ChannelReading } from '../channel-reading.js';
import { queueDeposit } from '../custody/key-deposits.js';
import { holdsIn } from '../custody/known-hold.js';
import { awaitErasure, requireLawfulErasure } from '../erased-record.js';
import { cardOfBreach, cardOfErasure, cardOfWithheld, type FailureCard } from '../failure-card.js';
import { KEYS } from '../keys.js';
import { heedTranslation, heedWithdrawal } from '../marks/withdrawn.js';
import { saidBy, storeStatement } from '../marks/stored-statement.js';
import type { ParsedRecord } from '../parsed-record.js';
import { type OpenedRecord, openRecord } from '../record-pipeline.js';
import { noteAcknowledgement } from '../record-reader.js';
import type { StoredRecord } from '../stored-record.js';
import { authenticate, type Fetched, judgeGranted, parseGranted, requireGrant } from './granted-record.js';
import { mayBeReplaced } from './heed-history.js';
import { HISTORY_KEYS } from './history-keys.js';
import { keepOpening } from './record-opening.js';

/**
 * One record of the past from the hub to its place: granted, verified, judged. What is wrong is a card, and an alarm.
 * @param isFinal everything that was given is here: what stands against a record now stands.
 */
export async function takeGranted(
  reading: ChannelReading,
  fetched: Fetched,
  isFinal: boolean,
): Promise<'done' | 'waiting'> {
  const { transaction, channel } = reading;
  const { expected } = fetched;
  const key = KEYS.record(channel.state.id, expected.seq);
  if (mayBeReplaced(await transaction.getJson<StoredRecord>(key))) {
    try {
      if ((await take(reading, fetched, isFinal)) === 'waiting') return 'waiting';
    } catch (cause) {
      const error = asBreach('CLI-95', cause);
      await reading.alarm(error, expected.seq);
      fail(reading, expected.seq, cardOfBreach(error));
    }
  }
  transaction.delete(HISTORY_KEYS.expectedAt(channel.state.id, expected.seq));
  return 'done';
}

async function take(reading: ChannelReading, fetched: Fetched, isFinal: boolean): Promise<'done' | 'waiting'> {
  const { granted, expected, fault } = fetched;
  if (fault !== undefined) throw fault;
  requireGrant(reading, fetched);
  const record = parseGranted(fetched);
  if (granted.event.type === 'erased-record') {
    const { erasure } = granted.event;
    const { header, storedAt } = record;
    const { transaction, channel, trust } = reading;
    const holds = await holdsIn(transaction, channel.state.id);
    requireLawfulErasure({ erasure, header, storedAt, profile: channel.state.profile, trust, holds });
    awaitErasure(reading, erasure, storedAt);
    fail(reading, expected.seq, cardOfErasure(erasure), record);
    return 'done';
  }
  const authenticated = await authenticate(reading, fetched, record);
  const opened = openRecord(authenticated);
  const { decision, isWithdrawn } = await judgeGranted(reading, fetched, opened);
  if (isWithdrawn) {
    // Taken back since it was granted: nobody's fault, and nothing to be shown.
    const why = 'Its originator has withdrawn it.';
    fail(reading, expected.seq, cardOfWithheld({ by: opened.sender, why }), record);
    return 'done';
  }
  if (!decision.allowed && !isFinal) return 'waiting';
  if (!decision.allowed) throw against(decision);
  const { by, at, purpose, index } = granted.grant;
  const opening = await keepOpening(reading.transaction, authenticated);
  await store(reading, {
    outcome: 'opened',
    record: opened,
    opening,
    granted: { by, at, purpose, index },
    ...(authenticated.serial !== undefined && { serial: authenticated.serial }),
  });
  await queueDeposit(reading, authenticated);
  return 'done';
}

function against(decision: Decision) {
  return breach('CLI-96', explainReasons(reasonsOf(decision)));
}

async function store(reading: ChannelReading, stored: Extract<StoredRecord, { outcome: 'opened' }>): Promise<void> {
  const { transaction, report } = reading;
  const { record } = stored;
  const { channel, seq, header } = record;
  transaction.putJson(KEYS.record(channel, seq), stored);
  transaction.putJson(KEYS.place(channel, header.id), { seq });
  transaction.delete(HISTORY_KEYS.withheldAt(channel, seq));
  report.records += 1;
  await noteAcknowledgement(reading, record);
  await heedTranslation(reading, record);
  await heedSaid(reading, record);
}

/** What was said of a record before this device came. It destroys what the device was given of it since. */
async function heedSaid(reading: ChannelReading, record: OpenedRecord): Promise<void> {
  const said = saidBy(record);
  const about = storeStatement(reading.transaction, said);
  if (about === undefined || record.header.kind !== 'withdrawal') return;
  const place = await reading.transaction.get(KEYS.place(record.channel, about));
  if (place !== undefined) await heedWithdrawal(reading, said, about);
}

function fail({ transaction, channel, report }: ChannelReading, seq: number, card: FailureCard, record?: ParsedRecord) {
  const { id } = channel.state;
  const stored: StoredRecord = { outcome: 'failed', seq, card, ...(record && { header: record.header }) };
  transaction.putJson(KEYS.record(id, seq), stored);
  transaction.tell({ type: 'failure', channel: id, seq, card });
  report.failures += 1;
}
