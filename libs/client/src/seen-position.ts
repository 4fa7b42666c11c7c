import { CHAIN_START } from '#liaison/crypto';
import { canonicalJson, fromUtf8, parseCanonicalJson, SeenPosition, toBase64url, utf8 } from '#liaison/protocol';
import { asBreach } from './breach.js';
import type { ChannelState } from './channel-state.js';

/** What a device says that has no history of its own: true of every channel. */
const NOTHING_SEEN: SeenPosition = { seq: 0, chain: toBase64url(CHAIN_START) };

/** What this device has processed. */
export function seenBy(state: ChannelState): SeenPosition {
  return state.chain === undefined ? NOTHING_SEEN : { seq: state.seq, chain: state.chain };
}

/** The authenticated data of a commit: canonical JSON of a SeenPosition. */
export function encodeSeen(seen: SeenPosition): Uint8Array {
  return utf8(canonicalJson(seen));
}

/** @throws LiaisonError `integrity` CLI-35. */
export function decodeSeen(bytes: Uint8Array): SeenPosition {
  try {
    return SeenPosition.parse(parseCanonicalJson(fromUtf8(bytes)));
  } catch (cause) {
    throw asBreach('CLI-35', cause);
  }
}
