import type { GroupState, PendingCommit } from '#liaison/mls-session';
import { type ChannelId, type CommitSubmission, encodeCommitStatement, LiaisonError } from '#liaison/protocol';
import { breach } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import type { OpenChannel } from './channel-state.js';
import type { Device } from './device.js';
import type { Hub } from './hub.js';
import { dropCommit, heldCommit, holdCommit } from './pending-commit.js';
import { seenBy } from './seen-position.js';
import type { Synchroniser } from './synchroniser.js';

/** How often a commit that lost the race is made anew. */
export const ROUNDS = 10;

export type MemberChannel = OpenChannel & { group: GroupState };
/** Makes a commit for the channel as it is now. @returns undefined where nothing is left to do. */
export type Maker = (
  channel: MemberChannel,
  authenticatedData: Uint8Array,
) => Promise<(PendingCommit & { readonly welcome?: Uint8Array }) | undefined>;

/** Commits: made, stored, sent, and taken as done only when the channel's own sequence shows them. */
export class CommitDesk {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly book: ChannelBook,
    private readonly synchroniser: Synchroniser,
  ) {}

  /**
   * Makes the commit anew while others win the race.
   * @param purpose why, for hub, log and members.
   * @throws LiaisonError `try-again`.
   */
  async commit(id: ChannelId, make: Maker, purpose?: string): Promise<void> {
    await this.synchroniser.channel(id);
    if ((await this.synchroniser.state(id))?.setBack === true) throw isSetBack();
    await this.finishPending(id);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const submission = await this.#hold(id, make, purpose);
      if (submission === undefined) return;
      if (await this.submit(id, submission)) return;
    }
    throw lostEveryRace();
  }

  /** Sends a commit again whose fate is unknown since a crash or a lost answer. */
  async finishPending(id: ChannelId): Promise<void> {
    const held = await this.device.transact((transaction) => heldCommit(transaction, id));
    if (held !== undefined) await this.submit(id, held);
  }

  /** The commit and the state that it leads to are stored before anything leaves this device. */
  async #hold(id: ChannelId, make: Maker, purpose?: string): Promise<CommitSubmission | undefined> {
    const open = () => this.device.transact((transaction) => this.book.openAsMember(transaction, id));
    const before = await open();
    requireStaying(before);
    const why = purpose === undefined ? {} : { purpose };
    const made = await make(before, encodeCommitStatement({ ...seenBy(before.state), ...why }));
    if (made === undefined) return undefined;
    return this.device.transact(async (transaction) => {
      const channel = await this.book.openAsMember(transaction, id);
      requireStaying(channel);
      // Made for an epoch that has gone by in the meantime: the hub would refuse it.
      const submission = holdCommit(transaction, channel, made);
      this.book.save(transaction, channel);
      return submission;
    });
  }

  /** @returns whether the channel's sequence shows this very commit. */
  async submit(id: ChannelId, submission: CommitSubmission): Promise<boolean> {
    let refusal: LiaisonError | undefined;
    try {
      await this.hub.call('submitCommit', { params: { channel: id }, body: submission });
    } catch (error) {
      if (!(error instanceof LiaisonError)) throw error;
      refusal = error;
    }
    if (refusal?.code === 'unavailable' || refusal?.code === 'internal' || refusal?.code === 'integrity') throw refusal;
    await this.synchroniser.channel(id);
    const pending = await this.device.transact((transaction) => heldCommit(transaction, id));
    if (refusal === undefined) {
      if (pending?.commit === submission.commit)
        throw breach('CLI-43', 'A commit that the hub confirmed is not in the channel.');
      return true;
    }
    if (pending?.commit === submission.commit) await this.#drop(id);
    if (refusal.code !== 'stale-epoch' && refusal.code !== 'conflict') throw refusal;
    return false;
  }

  async #drop(id: ChannelId): Promise<void> {
    await this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      dropCommit(transaction, channel);
      this.book.save(transaction, channel);
    });
  }
}

/** A commit would take a place that members have given to another event. */
function isSetBack(): LiaisonError {
  const message = 'The hub has set this channel back to before what this device has read. Open a new channel.';
  return new LiaisonError('not-allowed', message);
}

/** What it has signed to leave names the leaf that a commit would replace: after a refusal that is wanted. @throws LiaisonError `not-allowed`. */
function requireStaying({ state }: MemberChannel): void {
  if (state.leaving === undefined || state.leavingRefused !== undefined) return;
  throw new LiaisonError('not-allowed', 'This device is leaving this channel: it changes nothing there any more.');
}

export function lostEveryRace(): LiaisonError {
  return new LiaisonError('try-again', 'Others keep changing this channel at the same time. Try again in a moment.', {
    retryAfterMs: 1000,
  });
}
