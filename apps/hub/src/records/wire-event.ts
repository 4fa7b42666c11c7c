import type { ChannelEvent } from '#liaison/protocol';
import type { Entry, Place } from './submission.js';

/** The event as members receive it. */
export function wireEvent(entry: Entry, place: Place): ChannelEvent {
  const position = {
    channel: entry.channel,
    seq: place.seq,
    at: timeText(place.at),
    chain: encode(place.chain),
  };
  if (entry.type === 'record') return { ...position, type: 'record', record: entry.record.envelope };
  const { epoch } = entry;
  const payload = encode(entry.payload);
  if (entry.type === 'commit') return { ...position, type: 'commit', epoch, committer: entry.sender, commit: payload };
  return { ...position, type: 'proposal', epoch, proposal: payload };
}

/** A batch has one time. */
let lastTime = { at: Number.NaN, text: '' };

export function timeText(at: number): string {
  if (lastTime.at !== at) lastTime = { at, text: new Date(at).toISOString() };
  return lastTime.text;
}

/** Hashes are copied here: to look at the memory of one that lies on the heap would move it away first. */
const hashBytes = Buffer.allocUnsafeSlow(32);

/** Node's encoder, several times faster than toBase64url of libs/protocol and equal to it. */
export function encode(bytes: Uint8Array): string {
  if (bytes.length === hashBytes.length) {
    hashBytes.set(bytes);
    return hashBytes.toString('base64url');
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
