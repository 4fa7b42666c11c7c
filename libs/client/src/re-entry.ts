import { faultOfChange } from '#liaison/policy';
import type { ChannelProfile, PendingWelcome } from '#liaison/protocol';
import { breach } from './breach.js';
import type { ChannelState } from './channel-state.js';
import type { LedBack } from './views.js';

/*
 * A Welcome proves that somebody with a certificate made a group, not that it is the channel whose id it has: anybody can give a
 * group any id. So of a channel that this device knows, a Welcome is taken only where this device is out of it, and as little as
 * possible of what was known before is lent to the new group.
 */

type Known = ChannelState | undefined;

/** Whether a Welcome brings nothing new: the hub delivers at least once. */
export function isAnswered(known: Known, { epoch }: PendingWelcome): boolean {
  return known?.membership === 'member' && known.standing !== 'halted' && epoch <= known.epoch;
}

/** @throws LiaisonError `integrity` CLI-41. */
export function requireLater(known: ChannelState, { seq, epoch }: PendingWelcome): void {
  if (known.membership === 'lost') return;
  const halted = known.standing === 'halted';
  if (known.membership === 'member' && !halted)
    throw breach('CLI-41', 'This device is a member of the channel already.');
  const last = halted ? known.refusedCommit?.seq : known.until;
  if (seq <= (last ?? known.seq) || epoch <= known.epoch)
    throw breach('CLI-41', 'It is of a time before this device left the channel.');
}

/** @throws LiaisonError `integrity` CLI-41: what is in the channel was written under the rules that this device knew. */
export function requireNoWider(known: ChannelState, profile: ChannelProfile): void {
  // Of a channel whose keys were lost, this device knows only what the hub says.
  if (known.membership === 'lost') return;
  const wider = profile.releasableTo.some((point) => !known.profile.releasableTo.includes(point));
  if (wider || faultOfChange(known.profile, profile) !== undefined)
    throw breach('CLI-41', 'Its rules are wider than those that this device knew, or of another kind.');
}

/** Nobody this device trusts has said that this is the channel of before: an officer decides, and the title is not lent. */
export function standingAfter(known: Known, { seq }: PendingWelcome): Partial<ChannelState> {
  if (known === undefined) return {};
  if (known.membership === 'lost') return { standing: known.standing, historyConfirmed: false };
  return { standing: 'in-dispute', historyConfirmed: false, ledBack: { after: whyOut(known), seq } };
}

function whyOut({ standing, membership, left }: ChannelState): LedBack['after'] {
  if (membership === 'member' && standing === 'halted') return 'halted';
  return left === undefined ? 'removed' : 'left';
}

/** The channel after an officer has looked into all that was said of it. */
export function settledState({ ledBack: _same, ...state }: ChannelState): ChannelState {
  return { ...state, standing: 'good' };
}
