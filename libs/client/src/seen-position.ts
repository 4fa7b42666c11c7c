import { CHAIN_START } from '#liaison/crypto';
import { type CommitStatement, decodeCommitStatement, type SeenPosition, toBase64url } from '#liaison/protocol';
import { asBreach } from './breach.js';
import type { ChannelState } from './channel-state.js';

/** What a device says that has no history of its own: true of every channel. */
const NOTHING_SEEN: SeenPosition = { seq: 0, chain: toBase64url(CHAIN_START) };

/** What this device has processed. */
export function seenBy(state: ChannelState): SeenPosition {
  return state.chain === undefined ? NOTHING_SEEN : { seq: state.seq, chain: state.chain };
}

/** What a commit says of itself. @throws LiaisonError `integrity` CLI-35. */
export function readCommitStatement(bytes: Uint8Array): CommitStatement {
  try {
    return decodeCommitStatement(bytes);
  } catch (cause) {
    throw asBreach('CLI-35', cause);
  }
}
