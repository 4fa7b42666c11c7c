import { sha256 } from '#liaison/crypto';
import { concatBytes, equalBytes, utf8 } from '#liaison/protocol';

const LENGTHS = 8;
const CHECK = 8;

/** Bytes before a frame's head: two lengths, and what tells them from anything else. */
export const FRAME_START = LENGTHS + CHECK;

/**
 * `head length(4) || values length(4) || check(8)`, big-endian; the check is the first 8 bytes of SHA-256 over context and lengths.
 * It finds damage; that nobody changes a frame is seen to by the sealing of what follows.
 * @param context names the journal and the place of the frame in it.
 */
export function frameStart(context: string, head: number, values: number): Uint8Array {
  const lengths = new Uint8Array(LENGTHS);
  const view = new DataView(lengths.buffer);
  view.setUint32(0, head);
  view.setUint32(4, values);
  return concatBytes(lengths, checkOf(context, lengths));
}

/** @returns undefined for bytes that are not the whole start of this very frame. */
export function readFrameStart(
  context: string,
  bytes: Uint8Array,
): { readonly head: number; readonly values: number } | undefined {
  if (bytes.length < FRAME_START) return undefined;
  const lengths = bytes.slice(0, LENGTHS);
  if (!equalBytes(bytes.subarray(LENGTHS, FRAME_START), checkOf(context, lengths))) return undefined;
  const view = new DataView(lengths.buffer);
  return { head: view.getUint32(0), values: view.getUint32(4) };
}

/** Whether this frame starts somewhere in the bytes. */
export function findFrameStart(context: string, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + FRAME_START <= bytes.length; at += 1) {
    // Lengths beyond the end are no lengths: nearly every place is passed over without hashing. Only the last frame may be cut.
    if (view.getUint32(at) === 0 || at + FRAME_START + view.getUint32(at) > bytes.length) continue;
    if (readFrameStart(context, bytes.subarray(at, at + FRAME_START)) !== undefined) return true;
  }
  return false;
}

function checkOf(context: string, lengths: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(context), lengths)).subarray(0, CHECK);
}
