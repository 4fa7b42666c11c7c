import { openSealed, parseDeviceCertificate, sha256 } from '#liaison/crypto';
import {
  decodeHistoryPage,
  fromBase64url,
  fromUtf8,
  historyContext,
  type HistoryKeysBody,
  type HistoryPage,
  type HistoryRequestBody,
  type RecordId,
  toBase64url,
} from '#liaison/protocol';
import { asBreach, breach } from '../breach.js';
import type { ChannelReading } from '../channel-reading.js';
import { cardOfWithheld } from '../failure-card.js';
import { KEYS } from '../keys.js';
import type { OpenedRecord } from '../record-pipeline.js';
import type { StoredRecord } from '../stored-record.js';
import {
  type AskedHistory,
  type ExpectedRecord,
  HISTORY_KEYS,
  type OwnRequest,
  type ReceivedHistory,
} from './history-keys.js';

const MOST_GAPS = 16;

/** A request for history, or keys of it, that somebody else sent. @param certificate the sender's, verified. */
export async function heedHistory(
  reading: ChannelReading,
  record: OpenedRecord,
  certificate: Uint8Array,
): Promise<void> {
  const { body, own } = record;
  if (own) return;
  if (body.type === 'history-request') noteRequest(reading, record, body);
  else if (body.type === 'history-keys' && body.to === reading.device.address) {
    try {
      await takePage(reading, record, body, certificate);
    } catch (cause) {
      await reading.alarm(asBreach('CLI-94', cause), record.seq);
    }
  }
}

function noteRequest(
  { transaction }: ChannelReading,
  { header, channel, sender }: OpenedRecord,
  { key, purpose, lacks }: HistoryRequestBody,
): void {
  const asked: AskedHistory = {
    v: 1,
    id: header.id,
    carrier: channel,
    device: sender,
    key,
    purpose,
    at: header.sentAt,
    lacks,
  };
  transaction.putJson(HISTORY_KEYS.askedFor(sender, header.id), asked);
}

/** The keys are kept until their records are fetched: nothing is shown before that. */
async function takePage(
  reading: ChannelReading,
  record: OpenedRecord,
  body: HistoryKeysBody,
  certificate: Uint8Array,
): Promise<void> {
  const { transaction } = reading;
  const { inReplyTo } = record.header;
  const request = inReplyTo && (await transaction.getJson<OwnRequest>(HISTORY_KEYS.request(inReplyTo)));
  // Asked for before this device lost its data: it asks again.
  if (request === undefined) return;
  if (!request.lacks.some(({ channel }) => channel === body.channel)) throw breach('CLI-94', 'Nobody asked for it.');
  const page = openPage(reading, record, body, request);
  const certificates = page.certificates.map((der) => keepCertificate(reading, fromBase64url(der)));
  const giver = { by: record.sender, giverKey: toBase64url(parseDeviceCertificate(certificate).publicKey) };
  for (const { record: id, seq, contentKey, headerHash, bodyHash, certificate: number } of page.keys) {
    const senders = certificates[number];
    if (senders === undefined) throw breach('CLI-94', 'It names a certificate that it does not bring.');
    const expected: ExpectedRecord = {
      ...{ v: 1, record: id, seq, contentKey, headerHash, bodyHash, certificate: senders, request: request.id },
      ...giver,
    };
    transaction.putJson(HISTORY_KEYS.expectedAt(body.channel, seq), expected);
  }
  for (const withheld of page.withheld) await noteWithheld(reading, body, withheld);
  await count(reading, record, { body, page, request: request.id });
}

function openPage(
  { device }: ChannelReading,
  record: OpenedRecord,
  { channel, sealed }: HistoryKeysBody,
  { id, publicKey, privateKey }: OwnRequest,
): HistoryPage {
  const plain = openSealed({
    sealed: fromBase64url(sealed),
    key: { publicKey: fromBase64url(publicKey), privateKey: fromBase64url(privateKey) },
    context: historyContext({ request: id, to: device.address, by: record.sender, channel }),
  });
  return decodeHistoryPage(fromUtf8(plain));
}

function keepCertificate({ transaction }: ChannelReading, der: Uint8Array): string {
  const hash = toBase64url(sha256(der));
  transaction.put(KEYS.senderCertificate(hash), der);
  return hash;
}

/** Shown at its place, unless something better is there. */
async function noteWithheld(
  { transaction }: ChannelReading,
  { channel }: HistoryKeysBody,
  withheld: HistoryPage['withheld'][number],
): Promise<void> {
  const stored = await transaction.getJson<StoredRecord>(KEYS.record(channel, withheld.seq));
  if (!mayBeReplaced(stored)) return;
  transaction.putJson(HISTORY_KEYS.withheldAt(channel, withheld.seq), withheld);
  const card = cardOfWithheld(withheld);
  transaction.putJson(KEYS.record(channel, withheld.seq), { outcome: 'failed', seq: withheld.seq, card });
}

/** What an officer may not read, and what was erased, no grant brings back. */
const KEPT_OUT = new Set(['CLI-53', 'CLI-54']);

/** What this device could not read for want of keys. What was withdrawn or erased stays so. */
export function mayBeReplaced(stored: StoredRecord | undefined): boolean {
  if (stored === undefined) return true;
  return stored.outcome === 'failed' && stored.withdrawn === undefined && !KEPT_OUT.has(stored.card.check);
}

async function count(
  { transaction }: ChannelReading,
  { sender }: OpenedRecord,
  { body, page, request }: { readonly body: HistoryKeysBody; readonly page: HistoryPage; readonly request: RecordId },
): Promise<void> {
  const key = HISTORY_KEYS.receivedIn(request, body.channel);
  const before = await transaction.getJson<ReceivedHistory>(key);
  const received: ReceivedHistory = {
    v: 1,
    request,
    channel: body.channel,
    by: sender,
    keys: (before?.keys ?? 0) + page.keys.length,
    withheld: (before?.withheld ?? 0) + page.withheld.length,
    gaps: [...(before?.gaps ?? []), ...page.gaps].slice(0, MOST_GAPS),
    complete: (before?.complete ?? false) || page.last,
  };
  transaction.putJson(key, received);
}
