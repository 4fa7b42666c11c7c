import { LiaisonError, LIMITS } from '#liaison/protocol';

export const LONGEST_ENTRY = LIMITS.logEntryBytes;

/** Stands in a bundle for an entry that its reader may not see. No entry of ours is empty. */
export const WITHHELD_ENTRY: Uint8Array = new Uint8Array(0);

/**
 * Entries one after the other, each behind its length as a big-endian uint16.
 * @throws LiaisonError `usage` for an entry of more than 65,535 bytes.
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0));
  let offset = 0;
  for (const entry of entries) {
    if (entry.length > LONGEST_ENTRY) throw new LiaisonError('usage', 'This entry is too long for the log.');
    bundle.set([entry.length >> 8, entry.length & 0xff], offset);
    bundle.set(entry, offset + 2);
    offset += 2 + entry.length;
  }
  return bundle;
}

/**
 * Exactly `count` entries, as windows on the bundle. An empty one was withheld.
 * @throws LiaisonError `malformed` (LOG-18): fewer, more, or cut off.
 */
export function decodeEntryBundle(bundle: Uint8Array, count: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (entries.length < count) {
    const from = offset + 2;
    const to = from + ((bundle[offset] ?? 0) << 8) + (bundle[offset + 1] ?? 0);
    if (from > bundle.length || to > bundle.length) throw malformed(count);
    entries.push(bundle.subarray(from, to));
    offset = to;
  }
  if (offset !== bundle.length) throw malformed(count);
  return entries;
}

function malformed(count: number): LiaisonError {
  return new LiaisonError('malformed', `This entry bundle does not hold exactly ${count} entries.`, {
    check: 'LOG-18',
  });
}
