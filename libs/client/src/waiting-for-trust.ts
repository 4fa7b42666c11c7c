import type { LiaisonError } from '#liaison/protocol';
import { breach } from './breach.js';
import type { ChannelState } from './channel-state.js';

/** How long a hub may show a commit, and not the newest roster and revocation lists by which it is to be judged. */
const MOST_WAITING_MS = 15 * 60 * 1000;
/** That it goes away just then is no fault of it once, or twice. */
const MOST_IN_VAIN = 3;

/** The channel, with one more time at which a commit after its last place could not be judged. */
export function waitsForTrust(state: ChannelState, now: number): ChannelState {
  const { seq, waiting } = state;
  const before = waiting?.seq === seq && waiting.since <= now ? waiting : { since: now, tries: 0 };
  return { ...state, waiting: { ...before, seq, tries: before.tries + 1 } };
}

/** @returns LiaisonError `integrity` CLI-78 where the hub has kept the channel waiting. */
export function waitedTooLong({ seq, waiting }: ChannelState, now: number): LiaisonError | undefined {
  if (waiting === undefined || waiting.tries < MOST_IN_VAIN || now - waiting.since < MOST_WAITING_MS) return undefined;
  const detail = `It shows a change of a channel that the roster and lists known here do not allow, and not the newest: nothing after place ${seq} is read.`;
  return breach('CLI-78', detail);
}
