import { bodyHash, headerHash, mlsHash } from '#liaison/crypto';
import {
  type ChannelId,
  decodeHeader,
  fromBase64url,
  LIMITS,
  type RecordId,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { breach } from '../breach.js';
import { signingCertificate } from '../custody/signing-certificate.js';
import type { Hub } from '../hub.js';
import type { LoggedEntry, LoggedPage, LogQuery, RecordEvidence } from './client-log.js';

/** Page by page to the end of the log. */
export async function allEntries(hub: Hub, query: LogQuery): Promise<LoggedEntry[]> {
  const found: LoggedEntry[] = [];
  for (let from = 0; ;) {
    const { entries, next } = await entryPage(hub, query, { from, limit: LIMITS.logEntriesPerPage });
    found.push(...entries);
    if (next === undefined) return found;
    from = next;
  }
}

/** Asks on behind empty pages: `limit` entries, or the end of the log. */
export async function entryPage(
  hub: Hub,
  query: LogQuery,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<LoggedPage> {
  const found: LoggedEntry[] = [];
  for (let start = from; ;) {
    const most = Math.min(limit - found.length, LIMITS.logEntriesPerPage);
    const page = await hub.call('listLogEntries', { query: { ...query, from: start, limit: most } });
    found.push(...page.entries);
    if (page.next >= page.size || page.next <= start) return { entries: found };
    start = page.next;
    if (found.length >= limit) return { entries: found, next: start };
  }
}

/**
 * The record as the hub stores it, held against what this device read, with the certificate that its signature verifies under.
 * @throws LiaisonError `integrity` CLI-15, `not-found` where no device in the directory signed it.
 */
export async function recordEvidence(
  hub: Hub,
  known: { readonly record: RecordId; readonly channel: ChannelId; readonly headerHash: string },
): Promise<RecordEvidence> {
  const { record, channel } = known;
  const event = await hub.call('getRecord', { params: { channel, record } });
  if (event.type !== 'record' && event.type !== 'erased-record') throw breach('CLI-03', 'Call: getRecord.');
  const { header, mls, signature } = event.record;
  const hashes = {
    headerHash: headerHash(utf8(header)),
    // Of what was erased, its hash is left: the signature says whether it is the one that the sender signed.
    bodyHash:
      'body' in event.record ? bodyHash(fromBase64url(event.record.body)) : fromBase64url(event.record.bodyHash),
    mlsHash: mlsHash(fromBase64url(mls)),
  };
  if (toBase64url(hashes.headerHash) !== known.headerHash) throw breach('CLI-15', 'It is not what this device read.');
  const { sender } = decodeHeader(header);
  const certificate = await signingCertificate(hub, { sender, hashes, signature: fromBase64url(signature) });
  return {
    record,
    header,
    bodyHash: toBase64url(hashes.bodyHash),
    mlsHash: toBase64url(hashes.mlsHash),
    signature,
    certificate,
  };
}
