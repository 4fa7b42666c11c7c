import { mayAdminister } from '#liaison/policy';
import {
  type ChannelEvent,
  contactPointOf,
  covers,
  erasureSignedBytes,
  fromBase64url,
  reviewDaysOf,
} from '#liaison/protocol';
import type { ChannelProfile, RecordErasure, RecordHeader } from '#liaison/protocol';
import { verify } from '#liaison/crypto';
import { asBreach, breach } from './breach.js';
import type { ChannelReading } from './channel-reading.js';
import { forbids, holdsIn, type KnownHold } from './custody/known-hold.js';
import { cardOfBreach, cardOfErasure } from './failure-card.js';
import { KEYS } from './keys.js';
import { heedStatement, requireLawfulMarks } from './marks/mark-reading.js';
import { findOwn, letGo } from './outbox-item.js';
import { parseErased, type ParsedRecord } from './parsed-record.js';
import { authenticateOwnRecord, authenticateRecord } from './record-pipeline.js';
import type { StoredRecord } from './record-reader.js';
import type { Trust } from './trust.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What an order to erase is held against: the rules of the channel, and the record's own header. */
export interface ErasureGrounds {
  readonly erasure: Omit<RecordErasure, 'entry'>;
  readonly header: RecordHeader;
  /** When the hub stored the record. */
  readonly storedAt: string;
  readonly profile: ChannelProfile;
  readonly trust: Trust;
  /** Those of the channel that this device knows of. */
  readonly holds: readonly KnownHold[];
  /** The hub's time of the order's entry, once the log is proved to hold it. */
  readonly loggedAt?: number | undefined;
}

/**
 * An administrator of the channel ordered it, after the record's review was due, in a channel that keeps nothing under custody. It is
 * judged at its time: a device that was revoked later could order it then.
 * @throws LiaisonError `integrity` CLI-77, CLI-84.
 */
export function requireLawfulErasure(grounds: ErasureGrounds): void {
  const { erasure, header, storedAt, profile, trust, loggedAt = 0 } = grounds;
  const ordered = Date.parse(erasure.at);
  const certificate = trust.certificateThen(fromBase64url(erasure.certificate), Math.max(ordered, loggedAt));
  if (certificate?.device !== erasure.device) throw breach('CLI-77', 'Its certificate was not good at the time.');
  const isMeant = erasure.record === header.id && erasure.channel === header.channel;
  const signed = erasureSignedBytes(erasure.device, erasure);
  if (!isMeant || !verify('record-erasure', signed, fromBase64url(erasure.signature), certificate.publicKey)) {
    throw breach('CLI-77', 'The order is not signed.');
  }
  const administers = mayAdminister(profile, contactPointOf(erasure.device)).allowed;
  if (!certificate.duties.includes('administrator') || !administers) {
    throw breach('CLI-77', `${erasure.device} does not administer the channel.`);
  }
  const since = Math.max(Date.parse(header.sentAt), Date.parse(storedAt));
  if (ordered < since + reviewDaysOf(header, profile) * DAY_MS) throw breach('CLI-77', 'Its review was not due.');
  if (profile.custody === 'required') throw breach('CLI-77', 'The channel keeps records under custody.');
  requireNoHold(grounds);
}

function requireNoHold({ erasure, header, storedAt, holds }: ErasureGrounds): void {
  const { channel, id } = header;
  const hold = holds.find((each) => covers(each, { channel, id, storedAt }) && forbids(each, erasure.index));
  if (hold !== undefined) throw breach('CLI-84', `Hold ${hold.id}, placed by ${hold.device}: ${hold.reason}`);
}

/** A place of the channel whose record was erased before this device read it: everything is verified but the content, which nobody has. */
export async function readErased(
  reading: ChannelReading,
  event: Extract<ChannelEvent, { type: 'erased-record' }>,
): Promise<void> {
  let record: ParsedRecord | undefined;
  try {
    record = parseErased(event);
    const { trust, channel, transaction } = reading;
    const holds = await holdsIn(transaction, channel.state.id);
    const grounds = { erasure: event.erasure, header: record.header, storedAt: event.at, trust, holds };
    requireLawfulErasure({ ...grounds, profile: channel.state.profile });
    awaitErasure(reading, event.erasure, event.at);
    const standing = await authenticateErased(reading, record);
    storeErased(reading, record, cardOfErasure(event.erasure));
    if (standing !== undefined) await heedErased(reading, record, standing.own);
  } catch (cause) {
    const error = asBreach('CLI-19', cause);
    await reading.alarm(error, event.seq);
    storeErased(reading, { seq: event.seq, header: record?.header }, cardOfBreach(error));
  }
}

/** Of a record that was gone before this device read it: the order, until the log is proved to hold it. */
export interface AwaitedErasure {
  readonly erasure: RecordErasure;
  readonly storedAt: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Its place in the log is proved once the round comes to the log. */
export function awaitErasure({ transaction, device }: ChannelReading, erasure: RecordErasure, storedAt: string): void {
  const awaited: AwaitedErasure = { erasure, storedAt, since: device.clock.now() };
  transaction.putJson(KEYS.erasureAwaited(erasure.channel, erasure.seq), awaited);
}

/** As of any other record, so that the group's keys move on. What is known beforehand not to open is left at that. */
async function authenticateErased(
  reading: ChannelReading,
  record: ParsedRecord,
): Promise<{ readonly own: boolean } | undefined> {
  const { device, transaction, channel, trust, at } = reading;
  const { membership, epoch, profile } = channel.state;
  if (membership !== 'member' || channel.group === undefined || record.header.epoch !== epoch) return undefined;
  if (record.header.sender === device.address) {
    const own = await findOwn(transaction, record);
    if (own === undefined) return undefined;
    authenticateOwnRecord(record, own.attempt, device.profile.certificate);
    letGo(transaction, own.item, record.seq);
    return { own: true };
  }
  const { group } = await authenticateRecord(record, {
    group: channel.group,
    profile,
    epoch,
    trust,
    at,
    orderedAt: reading.orderedAt,
    mls: device.mls,
  });
  channel.group = group;
  transaction.putJson(KEYS.place(record.channel, record.header.id), { seq: record.seq });
  await reading.compareSeen(record.header.seen, record.seq, false);
  return { own: false };
}

/** A withdrawal, a consent or a mark is in the header, which its sender signed: it holds though the words beside it are gone. */
async function heedErased(reading: ChannelReading, record: ParsedRecord, own: boolean): Promise<void> {
  const { header } = record;
  await requireLawfulMarks(reading, { header, own });
  await heedStatement(reading, record);
}

function storeErased(
  { transaction, channel }: ChannelReading,
  { seq, header }: { readonly seq: number; readonly header?: RecordHeader | undefined },
  card: ReturnType<typeof cardOfErasure>,
): void {
  const { id } = channel.state;
  const stored: StoredRecord = { outcome: 'failed', seq, card, ...(header === undefined ? {} : { header }) };
  transaction.putJson(KEYS.record(id, seq), stored);
  transaction.tell({ type: 'failure', channel: id, seq, card });
}
