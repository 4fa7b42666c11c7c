import { forgetProposals, proposedRemovals } from '#liaison/mls-session';
import { type ChannelId, type ContactPointId, equalBytes, fromBase64url } from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import { breach } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import type { ChannelState, OpenChannel, ProposalSetAside } from './channel-state.js';
import type { CommitDesk } from './commit-desk.js';
import type { Device } from './device.js';
import type { Hub } from './hub.js';
import type { Turn } from './life/turns.js';
import type { OverdueRemovals } from './overdue-removals.js';
import type { Transaction } from './transaction.js';
import type { TrustKeeper } from './trust-keeper.js';
import { isForfeited, type Trust } from './trust.js';

/**
 * Removals that the hub proposes. Whoever is online first commits one that has a reason, and the others see that it is done.
 * Without a reason it is not this device that puts a member out: an alarm, and an administrator decides.
 */
export class HubRemovals {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
    private readonly desk: CommitDesk,
    private readonly overdue: OverdueRemovals,
  ) {}

  async areWaiting(id: ChannelId): Promise<boolean> {
    return this.device.transact(async (transaction) => {
      const channel = await this.book.find(transaction, id);
      if (channel === undefined) return false;
      const trust = await this.trust.current(transaction);
      const proposed = channel.group === undefined ? 0 : proposedRemovals(channel.group).length;
      const isNews = isUnjudged(channel.state) || this.#hasNewReason(channel, trust);
      return proposed > 0 || isNews || this.overdue.isToBeLookedAt(channel, trust);
    });
  }

  /** What was set aside is taken in once its reason is seen: the hub does not say it twice in one epoch. */
  #hasNewReason({ group, state: { setAside = [] } }: OpenChannel, trust: Trust): boolean {
    if (group === undefined) return false;
    const now = this.device.clock.now();
    return setAside.some(({ certificate }) => isForfeited(trust.standing(fromBase64url(certificate), now)));
  }

  /**
   * @param turn asked before anything is committed: whether this device is to do it.
   * @throws LiaisonError `integrity` CLI-01, `try-again`.
   */
  async settle(id: ChannelId, turn?: Turn): Promise<void> {
    const { state } = await this.device.transact((transaction) => this.book.open(transaction, id));
    if (isUnjudged(state)) await this.#refreshTrust(state.profile.releasableTo);
    const justified = await this.device.transact((transaction) => this.#judge(transaction, id));
    if (justified && (turn === undefined || (await turn(isToBeDone)))) await this.#commit(id);
    await this.overdue.settle(id);
  }

  async #commit(id: ChannelId): Promise<void> {
    await this.desk.commit(id, async ({ group }, authenticatedData) =>
      proposedRemovals(group).length === 0 ? undefined : this.device.mls.commitProposals(group, { authenticatedData }),
    );
  }

  /**
   * The reason stands in a roster or a revocation list that this device may not have seen yet. Where the hub has lost a list, or shows
   * a wrong one, an alarm says so, and it is judged by those that this device has.
   */
  async #refreshTrust(contactPoints: readonly ContactPointId[]): Promise<void> {
    await this.trust.refreshRoster(this.hub);
    await this.trust.askForRevocations(this.hub, contactPoints);
  }

  /** @returns whether something is to be committed by this device. */
  async #judge(transaction: Transaction, id: ChannelId): Promise<boolean> {
    const channel = await this.book.open(transaction, id);
    const trust = await this.trust.current(transaction);
    this.#forgetGroundless(channel, trust);
    const groundless = [...(await this.#judgeProposals(channel, trust)), ...this.#judgeDone(channel, trust)];
    for (const seq of groundless)
      await raiseAlarm(transaction, this.device.clock, breach('CLI-48'), { channel: id, seq });
    if (groundless.length > 0 && channel.state.standing === 'good')
      channel.state = { ...channel.state, standing: 'in-dispute' };
    this.book.save(transaction, channel);
    return channel.group !== undefined && this.#concernOthers(channel.group);
  }

  /** Restored since the hub proposed it, with reason: nobody does it any more. It stays known, for who has done it meanwhile. */
  #forgetGroundless(channel: OpenChannel, trust: Trust): void {
    const { takenIn = [], setAside = [] } = channel.state;
    if (channel.group === undefined) return;
    const now = this.device.clock.now();
    const over = proposedRemovals(channel.group).filter(
      ({ certificate, leafIndex }) =>
        channel.state.leavings?.[String(leafIndex)] === undefined && !trust.hasForfeited(certificate, now),
    );
    if (over.length === 0) return;
    const isOver = (each: ProposalSetAside) =>
      over.some(({ certificate }) => equalBytes(certificate, fromBase64url(each.certificate)));
    channel.group = forgetProposals(
      channel.group,
      over.map(({ leafIndex }) => leafIndex),
    );
    channel.state = {
      ...channel.state,
      takenIn: takenIn.filter((each) => !isOver(each)),
      setAside: [...setAside, ...takenIn.filter(isOver).map((each) => ({ ...each, told: true }))],
    };
  }

  /** A device does not commit its own removal. */
  #concernOthers(group: Parameters<typeof proposedRemovals>[0]): boolean {
    const proposed = proposedRemovals(group);
    const { certificate } = this.device.profile;
    return proposed.length > 0 && !proposed.some((member) => equalBytes(member.certificate, certificate));
  }

  /** Takes in what has a reason by now. @returns the places of what is new and has none. */
  async #judgeProposals(channel: OpenChannel, trust: Trust): Promise<number[]> {
    const still: ProposalSetAside[] = [];
    const untold: number[] = [];
    for (const each of channel.group === undefined ? [] : (channel.state.setAside ?? [])) {
      if (channel.group === undefined) break;
      const { state, removes } = await this.device.mls.processProposal(channel.group, fromBase64url(each.proposal));
      if (isForfeited(trust.standing(removes.certificate, this.device.clock.now()))) {
        channel.group = state;
        channel.state = { ...channel.state, takenIn: [...(channel.state.takenIn ?? []), each] };
        continue;
      }
      // Restored since: the hub had its reason, and nobody need obey any more.
      const hadReason = trust.hadForfeited(removes.certificate, Date.parse(each.at));
      if (!each.told && !hadReason) untold.push(each.seq);
      still.push({ ...each, told: true });
    }
    channel.state = { ...channel.state, setAside: still };
    return untold;
  }

  #judgeDone(channel: OpenChannel, trust: Trust): number[] {
    const { removedByHub = [], ...state } = channel.state;
    channel.state = state;
    const now = this.device.clock.now();
    return removedByHub
      .filter((removed) => {
        const certificate = fromBase64url(removed.certificate);
        const hadReason = trust.hadForfeited(certificate, Date.parse(removed.at));
        return !hadReason && !isForfeited(trust.standing(certificate, now));
      })
      .map(({ seq }) => seq);
  }
}

function isToBeDone({ group }: OpenChannel): boolean {
  return group !== undefined && proposedRemovals(group).length > 0;
}

function isUnjudged({ setAside = [], removedByHub = [] }: ChannelState): boolean {
  return removedByHub.length > 0 || setAside.some(({ told }) => !told);
}
