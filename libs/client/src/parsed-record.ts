import { headerHash, mlsHash, recordHashes, type RecordHashes } from '#liaison/crypto';
import {
  decodeHeader,
  fromBase64url,
  utf8,
  type ChannelEvent,
  type ChannelId,
  type RecordHeader,
} from '#liaison/protocol';
import { asBreach, breach } from './breach.js';

export type ReceivedRecord = Extract<ChannelEvent, { type: 'record' }>;

declare const parsed: unique symbol;

/**
 * The first step of the pipeline (record-pipeline.ts), which only this file makes: well-formed, and of the channel that it was received in.
 * Nothing in it is to be believed yet.
 */
export interface ParsedRecord {
  readonly [parsed]: true;
  readonly channel: ChannelId;
  readonly seq: number;
  readonly storedAt: string;
  readonly header: RecordHeader;
  readonly headerBytes: Uint8Array;
  readonly body: Uint8Array;
  readonly mls: Uint8Array;
  readonly signature: Uint8Array;
  readonly hashes: RecordHashes;
}

/** @throws LiaisonError `integrity` CLI-10, CLI-11. */
export function parseRecord(event: ReceivedRecord): ParsedRecord {
  const header = headerOf(event);
  const parts = { header: utf8(event.record.header), body: decode(event.record.body), mls: decode(event.record.mls) };
  if (header.channel !== event.channel) throw breach('CLI-11');
  if (header.bodySize !== parts.body.length) throw breach('CLI-10', 'Its body has another size than it says.');
  return {
    channel: event.channel,
    seq: event.seq,
    storedAt: event.at,
    header,
    headerBytes: parts.header,
    body: parts.body,
    mls: parts.mls,
    signature: decode(event.record.signature),
    hashes: recordHashes(parts),
  } as ParsedRecord;
}

/** A record whose content was erased: `body` is empty, and its hash is the one that the sender signed. @throws LiaisonError `integrity` CLI-10, CLI-11. */
export function parseErased(event: Extract<ChannelEvent, { type: 'erased-record' }>): ParsedRecord {
  const header = headerOf(event);
  if (header.channel !== event.channel) throw breach('CLI-11');
  const headerBytes = utf8(event.record.header);
  const mls = decode(event.record.mls);
  return {
    channel: event.channel,
    seq: event.seq,
    storedAt: event.at,
    header,
    headerBytes,
    body: new Uint8Array(0),
    mls,
    signature: decode(event.record.signature),
    hashes: { headerHash: headerHash(headerBytes), bodyHash: decode(event.record.bodyHash), mlsHash: mlsHash(mls) },
  } as ParsedRecord;
}

function headerOf(event: { readonly record: { readonly header: string } }): RecordHeader {
  try {
    return decodeHeader(event.record.header);
  } catch (cause) {
    throw asBreach('CLI-10', cause);
  }
}

function decode(text: string): Uint8Array {
  try {
    return fromBase64url(text);
  } catch (cause) {
    throw asBreach('CLI-10', cause);
  }
}
