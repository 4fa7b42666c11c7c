import { type ConsentTerms, type RecordHeader, type RecordId, type RecordKind } from '#liaison/protocol';
import type { LogEntry } from './log-entry.js';
import type { RecordEntryType } from './log-entry-types.js';
import type { ExpectedEntry } from './receipt-proof.js';

/**
 * What the log says of a record beside its place: which act it is, and on what. All of it stands in the header that its sender signed, so
 * that hub, reader and court come to the same.
 */
export interface RecordAct {
  readonly type: RecordEntryType;
  readonly about?: RecordId;
  readonly sources?: LogEntry['sources'];
  readonly consent?: ConsentTerms;
  readonly releasedBy?: LogEntry['releasedBy'];
}

/** Kinds that do something to the record that they answer. */
const DONE_TO_ANOTHER: Partial<Readonly<Record<RecordKind, RecordEntryType>>> = {
  withdrawal: 'record.withdrawn',
  marking: 'record.remarked',
  acknowledgement: 'record.acknowledged',
  cosign: 'record.released',
  erasure: 'erasure.attested',
};

const OF_THEIR_OWN: Partial<Readonly<Record<RecordKind, RecordEntryType>>> = {
  profile: 'channel.titled',
  template: 'templates.published',
};

/** docs/spec/log.md, *What a record is logged as*. */
export function recordActOf(header: RecordHeader): RecordAct {
  const { inReplyTo, derivedFrom, consent, release } = header;
  return {
    type: typeOf(header),
    ...(inReplyTo !== undefined && { about: inReplyTo }),
    ...(derivedFrom !== undefined && { sources: derivedFrom }),
    ...(consent !== undefined && { consent }),
    ...(release !== undefined && { releasedBy: release.by }),
  };
}

function typeOf({ kind, inReplyTo, derivedFrom, consent }: RecordHeader): RecordEntryType {
  if (inReplyTo !== undefined) {
    if (consent !== undefined) return `consent.${consent.state}`;
    const done = DONE_TO_ANOTHER[kind];
    if (done !== undefined) return done;
  }
  const own = OF_THEIR_OWN[kind];
  if (own !== undefined) return own;
  if (derivedFrom === undefined) return 'record.stored';
  return derivedFrom.length === 1 ? 'record.forwarded' : 'record.compiled';
}

/** What the entry of a record has to say, by whoever holds its header. What the header lacks, the entry may not have. */
export function expectedOfRecord(
  record: Pick<RecordHeader, 'channel' | 'sender' | 'id'> & { readonly seq: number; readonly headerHash: string },
  act: RecordAct,
): ExpectedEntry {
  const { channel, sender: actor, id, seq, headerHash } = record;
  const { type, about, sources, consent, releasedBy } = act;
  return { type, actor, channel, seq, record: id, headerHash, about, sources, consent, releasedBy };
}
