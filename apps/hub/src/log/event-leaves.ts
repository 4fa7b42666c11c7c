import type { RandomSource } from '#liaison/protocol';
import { nodeTreeHashing } from '#liaison/tlog.node';
import type { PlannedEvent } from '../records/batch-plan.js';
import { encode } from '../records/wire-event.js';

const SALT_BYTES = 16;

/**
 * Canonical text of the log entry that an event is stored with: `record.stored`, `commit.ordered`. Written by hand, members in the
 * order of RFC 8785, because it is made for each record: no value of these alphabets needs an escape. A test compares it with
 * `encodeLogEntry`.
 */
function entryOfEvent({ submission: { entry }, place }: PlannedEvent, at: string, salt: string): string {
  const { channel, epoch, sender } = entry;
  const head = `{"actor":"${sender}","at":"${at}",`;
  if (entry.type !== 'record') {
    return `${head}"salt":"${salt}","subject":{"channel":"${channel}","epoch":${epoch},"seq":${place.seq}},"type":"commit.ordered","v":1}`;
  }
  const { header, hashes } = entry.record;
  const headerHash = encode(hashes.headerHash);
  return `${head}"headerHash":"${headerHash}","salt":"${salt}","subject":{"channel":"${channel}","epoch":${epoch},"record":"${header.id}","seq":${place.seq}},"type":"record.stored","v":1}`;
}

export const LEAF_HASH_BYTES = 32;

/** An event with its leaf, ready to be stored: 32 bytes of hash, then the entry. */
export interface LoggedEvent extends PlannedEvent {
  readonly leaf: Buffer;
}

/** @param at milliseconds since 1970. */
export function loggedEvents(events: readonly PlannedEvent[], at: number, random: RandomSource): LoggedEvent[] {
  const salts = Buffer.from(random.bytes(SALT_BYTES * events.length));
  const time = new Date(at).toISOString();
  return events.map((event, index) => {
    const salt = salts.toString('base64url', index * SALT_BYTES, (index + 1) * SALT_BYTES);
    return { submission: event.submission, place: event.place, leaf: leafOf(entryOfEvent(event, time, salt)) };
  });
}

function leafOf(entry: string): Buffer {
  // Nothing in it is beyond ASCII, so its characters are its bytes.
  const leaf = Buffer.allocUnsafe(LEAF_HASH_BYTES + entry.length);
  leaf.write(entry, LEAF_HASH_BYTES, 'latin1');
  nodeTreeHashing.putLeafHash(leaf, 0, leaf.subarray(LEAF_HASH_BYTES));
  return leaf;
}
