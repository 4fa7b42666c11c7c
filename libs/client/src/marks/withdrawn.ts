import { timestampOf, type ContactPointId, type RecordId } from '#liaison/protocol';
import type { ChannelReading } from '../channel-reading.js';
import type { FailureCard } from '../failure-card.js';
import { KEYS } from '../keys.js';
import type { OpenedRecord } from '../record-pipeline.js';
import type { StoredRecord } from '../stored-record.js';
import { MARK_KEYS } from './mark-keys.js';
import { storedRecord } from './stored-file.js';

/** What this device owes to whoever withdrew: a word that it has destroyed what it held, or that it held nothing. */
export interface OwedAttestation {
  readonly withdrawal: RecordId;
  readonly state: 'destroyed' | 'not-held';
  readonly at: string;
  readonly classification: OpenedRecord['header']['marking']['classification'];
}

/**
 * Destroys what this device holds of the withdrawn record: text and facts; its content key was not kept. The header, which
 * says that it existed and who sent it, stays.
 */
export async function heedWithdrawal(
  reading: ChannelReading,
  withdrawal: OpenedRecord,
  about: RecordId,
): Promise<void> {
  const { transaction, channel, device } = reading;
  const stored = await storedRecord(transaction, { channel: channel.state.id, record: about });
  if (stored?.outcome === 'opened') {
    const tombstone = tombstoneOf(stored.record, withdrawal);
    transaction.putJson(KEYS.record(channel.state.id, stored.record.seq), tombstone);
    transaction.tell({ type: 'failure', channel: channel.state.id, seq: stored.record.seq, card: tombstone.card });
    transaction.scrub();
  }
  const owed: OwedAttestation = {
    withdrawal: withdrawal.header.id,
    state: stored?.outcome === 'opened' ? 'destroyed' : 'not-held',
    at: timestampOf(device.clock),
    classification: withdrawal.header.marking.classification,
  };
  const key = MARK_KEYS.attestations(channel.state.id);
  const before = (await transaction.getJson<OwedAttestation[]>(key)) ?? [];
  transaction.putJson(key, [...before, owed]);
}

function tombstoneOf(
  { seq, header, headerHash }: OpenedRecord,
  { header: { id }, sender, storedAt, body }: OpenedRecord,
): Extract<StoredRecord, { outcome: 'failed' }> {
  const by = sender.slice(0, sender.indexOf(':')) as ContactPointId;
  const words = body.type === 'content' ? body.subject : undefined;
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
