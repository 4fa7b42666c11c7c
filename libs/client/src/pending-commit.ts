import { deserializeState, type GroupState, serializeState } from '#liaison/mls-session';
import { type ChannelId, type CommitSubmission, LiaisonError, toBase64url } from '#liaison/protocol';
import { type OpenChannel, takeGroup } from './channel-state.js';
import { KEYS } from './keys.js';
import type { Transaction } from './transaction.js';

/** A commit of this device that the hub may or may not have ordered. Stored before it is sent. */
interface StoredCommit {
  readonly v: 1;
  readonly submission: CommitSubmission;
}

/** Remembers the commit, and the state that it leads to, until the channel shows which commit won. */
export function holdCommit(
  transaction: Transaction,
  channel: OpenChannel,
  made: {
    readonly pending: GroupState;
    readonly commit: Uint8Array;
    readonly groupInfo: Uint8Array;
    readonly welcome?: Uint8Array;
  },
): CommitSubmission {
  const submission: CommitSubmission = {
    commit: toBase64url(made.commit),
    groupInfo: toBase64url(made.groupInfo),
    ...(made.welcome === undefined ? {} : { welcome: toBase64url(made.welcome) }),
  };
  const stored: StoredCommit = { v: 1, submission };
  transaction.putJson(KEYS.pendingCommit(channel.state.id), stored);
  transaction.put(KEYS.pendingGroup(channel.state.id), serializeState(made.pending));
  channel.state = { ...channel.state, commitPending: true };
  return submission;
}

export async function heldCommit(transaction: Transaction, channel: ChannelId): Promise<CommitSubmission | undefined> {
  return (await transaction.getJson<StoredCommit>(KEYS.pendingCommit(channel)))?.submission;
}

/** The channel showed this device's own commit: the state that it leads to is the channel's. */
export async function adoptCommit(transaction: Transaction, channel: OpenChannel): Promise<void> {
  const stored = await transaction.get(KEYS.pendingGroup(channel.state.id));
  if (stored === undefined) throw new LiaisonError('internal', 'The state of a pending commit is missing.');
  const { refusedCommit: _refused, lastCommit: _last, ...state } = channel.state;
  channel.state = {
    ...state,
    membership: 'member',
    standing: state.standing === 'halted' ? 'in-dispute' : state.standing,
  };
  takeGroup(channel, deserializeState(stored));
  dropCommit(transaction, channel);
}

/** Another commit won, or the hub refused this one. */
export function dropCommit(transaction: Transaction, channel: OpenChannel): void {
  transaction.delete(KEYS.pendingCommit(channel.state.id));
  transaction.delete(KEYS.pendingGroup(channel.state.id));
  channel.state = { ...channel.state, commitPending: false };
}
