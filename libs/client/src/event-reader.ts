import {
  commitEventHash,
  headerHash,
  nextChainHash,
  proposalEventHash,
  recordEventHash,
  recordHashes,
} from '#liaison/crypto';
import { type ChannelEvent, equalBytes, fromBase64url, toBase64url, utf8 } from '#liaison/protocol';
import { breach } from './breach.js';
import type { ChannelReading } from './channel-reading.js';
import { readCommit, readProposal } from './commit-reader.js';
import { readErased } from './erased-record.js';
import { timeOf } from './event-time.js';
import { sendAgain } from './outbox-item.js';
import { parseErased } from './parsed-record.js';
import { readRecord } from './record-reader.js';

/**
 * Reads events in the order of the channel, each checked before it changes anything.
 * A breach of the sequence ends the batch; a breach in one event leaves that event out and goes on.
 * @returns how far it got: `complete`, or `gap` where the next place is missing.
 */
export async function readEvents(
  reading: ChannelReading,
  events: readonly ChannelEvent[],
): Promise<'complete' | 'gap'> {
  const end = await readInOrder(reading, events);
  reading.chain.save();
  return end;
}

async function readInOrder(reading: ChannelReading, events: readonly ChannelEvent[]): Promise<'complete' | 'gap'> {
  for (const event of events) {
    const { state } = reading.channel;
    if (event.channel !== state.id) {
      await reading.alarm(breach('CLI-11'), event.seq);
      continue;
    }
    if (state.until !== undefined && event.seq > state.until) {
      await reading.alarm(breach('CLI-46'), event.seq);
      break;
    }
    if (event.seq <= state.seq) await compareReplay(reading, event);
    else if (event.seq === state.seq + 1) await readNext(reading, event);
    else return 'gap';
  }
  return 'complete';
}

/** Delivery is at least once: the same event again is nothing, another one at its place is a rewritten history. */
async function compareReplay(reading: ChannelReading, event: ChannelEvent): Promise<void> {
  const before = event.seq === 1 ? new Uint8Array(32) : await reading.chain.at(event.seq - 1);
  const after = await reading.chain.at(event.seq);
  if (before === undefined || after === undefined) return;
  const hash = eventHashOf(event);
  const same = hash !== undefined && equalBytes(nextChainHash(before, event.seq, hash), after);
  if (!same) await reading.alarm(breach('CLI-05'), event.seq);
}

async function readNext(reading: ChannelReading, event: ChannelEvent): Promise<void> {
  const chain = await extendChain(reading, event);
  await compareReceipt(reading, event, chain);
  reading.orderedAt = await timeOf(reading, event);
  reading.update({ seq: event.seq });
  switch (event.type) {
    case 'record':
      await readRecord(reading, event);
      break;
    case 'erased-record':
      await readErased(reading, event);
      break;
    case 'commit':
      await readCommit(reading, event);
      break;
    case 'proposal':
      await readProposal(reading, event);
      break;
  }
}

/** A late joiner takes the hub's claim of its first place; every later one is computed and held against the hub's. */
async function extendChain(reading: ChannelReading, event: ChannelEvent): Promise<string> {
  const { chain: before, chainApart } = reading.channel.state;
  const hash = eventHashOf(event);
  const mine = before === undefined ? event.chain : extended(before, event.seq, hash);
  if (mine !== event.chain && !chainApart) {
    await reading.alarm(breach('CLI-07'), event.seq);
    reading.update({ chainApart: true });
  }
  reading.update({ chain: mine });
  await reading.chain.set(event.seq, mine);
  return mine;
}

/** What cannot be hashed is no reason to believe the hub's hash: from there on the two differ, and stay apart. */
function extended(before: string, seq: number, hash: Uint8Array | undefined): string {
  return hash === undefined ? before : toBase64url(nextChainHash(fromBase64url(before), seq, hash));
}

async function compareReceipt(reading: ChannelReading, event: ChannelEvent, chain: string): Promise<void> {
  const { [String(event.seq)]: expected, ...others } = reading.channel.state.expected;
  if (expected === undefined) return;
  reading.update({ expected: others });
  const shown = event.type === 'record' || event.type === 'erased-record' ? headerHashOf(event) : undefined;
  if (shown !== expected.headerHash || chain !== expected.chain) {
    await reading.alarm(
      breach('CLI-43', 'The place of a record that the hub confirmed to this device shows something else.'),
      event.seq,
    );
    await sendAgain(reading.transaction, expected.id);
  }
}

/** Undefined for bytes that are no base64url: the reader of the event says so. */
function eventHashOf(event: ChannelEvent): Uint8Array | undefined {
  try {
    switch (event.type) {
      case 'record':
        return recordEventHash(hashesOf(event));
      case 'erased-record':
        return recordEventHash(parseErased(event).hashes);
      case 'commit':
        return commitEventHash(fromBase64url(event.commit));
      case 'proposal':
        return proposalEventHash(fromBase64url(event.proposal));
    }
  } catch {
    return undefined;
  }
}

function hashesOf({ record }: Extract<ChannelEvent, { type: 'record' }>) {
  return recordHashes({
    header: utf8(record.header),
    body: fromBase64url(record.body),
    mls: fromBase64url(record.mls),
  });
}

function headerHashOf({ record }: Extract<ChannelEvent, { type: 'record' | 'erased-record' }>): string | undefined {
  try {
    return toBase64url(headerHash(utf8(record.header)));
  } catch {
    return undefined;
  }
}
