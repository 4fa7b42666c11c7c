import { parseGroupInfo } from '#liaison/mls-framing';
import { groupIdOf, members, profileOf } from '#liaison/mls-session';
import {
  type ChannelId,
  type CommitSubmission,
  encodeCommitStatement,
  equalBytes,
  fromBase64url,
  LiaisonError,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { asBreach, breach, checkOfMls } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import { type ChannelState, currentEpoch } from './channel-state.js';
import { type CommitDesk, lostEveryRace, ROUNDS } from './commit-desk.js';
import type { Device } from './device.js';
import { GroupPolicy, judgedNow, requireFit } from './group-policy.js';
import type { Hub } from './hub.js';
import { isByTrust } from './old-trust.js';
import { holdCommit } from './pending-commit.js';
import { seenBy } from './seen-position.js';
import type { Synchroniser } from './synchroniser.js';
import type { TrustKeeper } from './trust-keeper.js';

/** A GroupInfo may be overtaken by a commit; again and again it is an old one. */
const STALE_ANSWERS = 3;

/** The way back of a device that lost its keys: an external commit out of the newest epoch. */
export class Rejoining {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
    private readonly synchroniser: Synchroniser,
    private readonly desk: CommitDesk,
  ) {}

  /**
   * What the known roster or lists refuse is judged once more by the newest.
   * @throws LiaisonError `not-allowed`, `try-again`, `integrity` CLI-45 or the check that a member does not pass.
   */
  async rejoin(id: ChannelId): Promise<void> {
    try {
      await this.#rejoin(id);
    } catch (error) {
      if (!(error instanceof LiaisonError) || !isByTrust(error.details.check)) throw error;
      await this.synchroniser.refreshForJudgement(id);
      await this.#rejoin(id);
    }
  }

  async #rejoin(id: ChannelId): Promise<void> {
    for (let round = 1, stale = 0; round <= ROUNDS; round += 1) {
      if (await this.#isBack(id)) return;
      const { groupInfo } = await this.hub.call('getGroupInfo', { params: { channel: id } });
      if (await this.#isBack(id)) return;
      const bytes = fromBase64url(groupInfo);
      if (isNewest(await this.synchroniser.state(id), bytes))
        await this.desk.submit(id, await this.#holdRejoin(id, bytes));
      else if ((stale += 1) === STALE_ANSWERS)
        throw breach('CLI-45', 'It is not of the epoch that the last commit of the channel made.');
    }
    if (!(await this.#isBack(id))) throw lostEveryRace();
  }

  async #isBack(id: ChannelId): Promise<boolean> {
    await this.synchroniser.channel(id);
    const state = await this.synchroniser.state(id);
    if (state?.membership === 'removed')
      throw new LiaisonError('not-allowed', 'This device was removed: an administrator has to add it.');
    return state?.membership === 'member';
  }

  async #holdRejoin(id: ChannelId, groupInfo: Uint8Array): Promise<CommitSubmission> {
    return this.device.transact(async (transaction) => {
      const channel = await this.book.open(transaction, id);
      const trust = await this.trust.current(transaction);
      const judgement = judgedNow(trust, this.device.clock.now());
      const policy = new GroupPolicy(judgement);
      const { externalSenderKeys: hubKeys } = trust;
      const authenticatedData = encodeCommitStatement(seenBy(channel.state));
      const made = await this.device.mls
        .rejoin({ ...this.device.signer, groupInfo, hubKeys, policy, authenticatedData })
        .catch((cause: unknown) => {
          throw asBreach(policy.refusedBy ?? checkOfMls(cause) ?? 'CLI-45', cause);
        });
      if (!equalBytes(groupIdOf(made.pending), utf8(id))) throw breach('CLI-45');
      for (const { certificate } of members(made.pending)) requireFit(certificate, profileOf(made.pending), judgement);
      const submission = holdCommit(transaction, channel, made);
      this.book.save(transaction, channel);
      return submission;
    });
  }
}

/** Whoever was removed is still a member in a GroupInfo of before. @throws LiaisonError `integrity` CLI-45. */
function isNewest(state: ChannelState | undefined, groupInfo: Uint8Array): boolean {
  if (state === undefined) return false;
  try {
    const { epoch, confirmationTag } = parseGroupInfo(groupInfo);
    const { lastCommit } = state;
    const follows = lastCommit === undefined || lastCommit.confirmationTag === toBase64url(confirmationTag);
    return follows && epoch === currentEpoch(state);
  } catch (cause) {
    throw asBreach('CLI-45', cause);
  }
}
