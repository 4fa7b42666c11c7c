import { isDeepStrictEqual } from 'node:util';
import { CHAIN_START } from '#liaison/crypto';
import { nodeChainHashing, nodeRecordHashing } from '#liaison/crypto.node';
import { type ChannelEvent, decodeHeader, fromBase64url, toBase64url, utf8 } from '#liaison/protocol';
import type { StoredChannel, StoredEvent } from './stored-channel.js';
import type { Told } from './told.js';

export interface History {
  readonly told: Told;
  readonly stored: StoredChannel;
  /** All events, as the API gives them to a member from the first on. */
  readonly served: readonly ChannelEvent[];
}

/**
 * Compares what devices were told with what is stored and served.
 * @returns what is wrong, in words; empty where nothing acknowledged or pushed was lost, doubled, moved or changed.
 */
export function complaints(history: History): string[] {
  return [
    ...placeComplaints(history.stored),
    ...chainComplaints(history.stored),
    ...epochComplaints(history.stored),
    ...contentComplaints(history.stored),
    ...recordComplaints(history),
    ...receiptComplaints(history),
    ...commitComplaints(history),
    ...pushComplaints(history),
    ...servedComplaints(history),
  ];
}

function placeComplaints({ events, lastSeq }: StoredChannel): string[] {
  const found = events.flatMap(({ event }, index) =>
    event.seq === index + 1 ? [] : [`gap: place ${index + 1} holds number ${event.seq}`],
  );
  if (lastSeq !== events.length) found.push(`the channel stands at ${lastSeq}, ${events.length} events are stored`);
  return found;
}

function chainComplaints({ events, chain: head }: StoredChannel): string[] {
  const found: string[] = [];
  let chain = CHAIN_START;
  for (const { event } of events) {
    chain = nodeChainHashing.nextChainHash(chain, event.seq, eventHash(event));
    if (toBase64url(chain) !== event.chain) found.push(`chain hash of ${event.seq} does not recompute`);
  }
  if (toBase64url(chain) !== head) found.push('chain hash of the channel is not that of its last event');
  return found;
}

/** An event belongs to the epoch in which it stands; each commit begins the next. */
function epochComplaints({ events, epoch: newest }: StoredChannel): string[] {
  const found: string[] = [];
  let epoch = 0;
  for (const { event } of events) {
    if (epochOf(event) !== epoch) found.push(`${event.seq} is of epoch ${epochOf(event)}, stored in epoch ${epoch}`);
    if (event.type === 'commit') epoch += 1;
  }
  if (newest !== epoch) found.push(`the channel is at epoch ${newest}, its commits make epoch ${epoch}`);
  return found;
}

function contentComplaints({ events }: StoredChannel): string[] {
  return events.flatMap(({ event, recordId, headerHash, bodyHash }) => {
    if (event.type !== 'record') return [];
    const hashes = hashesOf(event);
    const fits =
      toBase64url(hashes.headerHash) === headerHash &&
      toBase64url(hashes.bodyHash) === bodyHash &&
      decodeHeader(event.record.header).id === recordId;
    return fits ? [] : [`${event.seq} is stored with hashes or an id that are not its own`];
  });
}

function recordComplaints({ told, stored }: History): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  for (const { event, recordId, headerHash = '' } of stored.events) {
    if (recordId === undefined) continue;
    if (seen.has(recordId)) found.push(`doubled: record ${recordId} again at ${event.seq}`);
    seen.add(recordId);
    if (told.sent.get(recordId)?.has(headerHash) !== true) found.push(`${event.seq} holds a record that nobody sent`);
  }
  return found;
}

function receiptComplaints({ told, stored }: History): string[] {
  const byId = new Map<string, StoredEvent>();
  for (const event of stored.events) if (event.recordId !== undefined) byId.set(event.recordId, event);
  return told.receipts.flatMap(({ id, seq, chain, storedAt, headerHash }) => {
    const found = byId.get(id);
    if (found === undefined) return [`lost: record ${id} was acknowledged under ${seq} and is not stored`];
    const promised = { seq, chain, at: storedAt, headerHash };
    const { event } = found;
    const kept = { seq: event.seq, chain: event.chain, at: event.at, headerHash: found.headerHash };
    return isDeepStrictEqual(promised, kept)
      ? []
      : [`the receipt of record ${id} under ${seq} is not what is stored at ${event.seq}`];
  });
}

function commitComplaints({ told, stored }: History): string[] {
  const commits = stored.events.flatMap(({ event }) => (event.type === 'commit' ? [event] : []));
  const foreign = commits.filter(({ commit }) => !told.commitsSent.has(commit));
  const doubled = commits.filter(({ commit }, index) => commits.findIndex((each) => each.commit === commit) !== index);
  const lost = told.commitReceipts.filter(({ commit, receipt: { seq, epoch, storedAt } }) => {
    const found = commits.find((each) => each.commit === commit);
    return found?.seq !== seq || found.epoch + 1 !== epoch || found.at !== storedAt;
  });
  return [
    ...foreign.map(({ seq }) => `${seq} holds a commit that nobody sent`),
    ...doubled.map(({ seq }) => `doubled: a commit again at ${seq}`),
    ...lost.map(({ receipt }) => `lost: a commit was acknowledged under ${receipt.seq} and is not stored there`),
  ];
}

function pushComplaints({ told, stored }: History): string[] {
  const bySeq = new Map(stored.events.map(({ event }) => [event.seq, event]));
  const found = told.pushed.flatMap((event) => {
    const kept = bySeq.get(event.seq);
    if (kept === undefined) return [`pushed and not stored: ${event.seq}`];
    return isDeepStrictEqual(kept, event) ? [] : [`pushed as ${event.seq}, stored is another event`];
  });
  const last = Math.max(0, ...told.greeted);
  if (last > stored.lastSeq) found.push(`a greeting named ${last} as durable, stored is ${stored.lastSeq}`);
  return found;
}

function servedComplaints({ served, stored }: History): string[] {
  return isDeepStrictEqual(
    served,
    stored.events.map(({ event }) => event),
  )
    ? []
    : ['the API gives another history than the database'];
}

function epochOf(event: ChannelEvent): number {
  if (event.type === 'erased-record') throw new Error('Nothing is erased here.');
  return event.type === 'record' ? decodeHeader(event.record.header).epoch : event.epoch;
}

function eventHash(event: ChannelEvent): Uint8Array {
  if (event.type === 'erased-record') throw new Error('Nothing is erased here.');
  if (event.type === 'record') return nodeChainHashing.recordEventHash(hashesOf(event));
  if (event.type === 'commit') return nodeChainHashing.commitEventHash(fromBase64url(event.commit));
  return nodeChainHashing.proposalEventHash(fromBase64url(event.proposal));
}

function hashesOf({ record }: Extract<ChannelEvent, { type: 'record' }>) {
  const { header, body, mls } = record;
  return nodeRecordHashing.recordHashes({ header: utf8(header), body: fromBase64url(body), mls: fromBase64url(mls) });
}
