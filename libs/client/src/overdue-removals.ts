import { proposedRemovals } from '#liaison/mls-session';
import { mayAdminister } from '#liaison/policy';
import type { ChannelId } from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import { breach } from './breach.js';
import type { ChannelBook } from './channel-book.js';
import type { OpenChannel, Unproposed } from './channel-state.js';
import type { CommitDesk } from './commit-desk.js';
import type { Device } from './device.js';
import { forfeitedLeaves } from './forfeited-leaves.js';
import { deviceOf } from './group-policy.js';
import type { Transaction } from './transaction.js';
import type { TrustKeeper } from './trust-keeper.js';
import type { Trust } from './trust.js';

/** The hub proposes a removal within seconds of its reason. */
const PROPOSED_WITHIN_MS = 2 * 60 * 1000;

/**
 * Members who may stay no longer, and whom the hub does not propose to remove: nothing is encrypted to them, an alarm says so, and a
 * device that administers the channel removes them of its own accord. To anybody else's word there is only the hub's proposal.
 */
export class OverdueRemovals {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
    private readonly desk: CommitDesk,
  ) {}

  isToBeLookedAt(channel: OpenChannel, trust: Trust): boolean {
    const { unproposed = {} } = channel.state;
    return Object.keys(unproposed).length > 0 || this.#unproposed(channel, trust).length > 0;
  }

  /** @throws LiaisonError `try-again`, of the hub. */
  async settle(id: ChannelId): Promise<void> {
    const due = await this.device.transact((transaction) => this.#note(transaction, id));
    if (due.length === 0) return;
    await this.desk.commit(id, async (channel, authenticatedData) => {
      const trust = await this.device.transact((transaction) => this.trust.current(transaction));
      const still = forfeitedLeaves(channel, trust, this.device.clock.now()).filter(({ leafIndex }) =>
        due.includes(leafIndex),
      );
      const leafIndexes = still.map(({ leafIndex }) => leafIndex);
      return still.length === 0
        ? undefined
        : this.device.mls.commitRemove(channel.group, leafIndexes, { authenticatedData });
    });
  }

  /** @returns the leaves that this device is to remove now. */
  async #note(transaction: Transaction, id: ChannelId): Promise<number[]> {
    const channel = await this.book.open(transaction, id);
    const trust = await this.trust.current(transaction);
    const now = this.device.clock.now();
    const { unproposed: before = {}, ...state } = channel.state;
    const noted = this.#unproposed(channel, trust).map(({ leafIndex }) => {
      const known = before[String(leafIndex)] ?? { since: now, told: false };
      return { leafIndex, ...known, isDue: now - known.since >= PROPOSED_WITHIN_MS };
    });
    const due = noted.filter(({ isDue }) => isDue);
    if (due.some(({ told }) => !told)) await this.#tell(transaction, channel);
    const unproposed = noted.map(({ leafIndex, since, told, isDue }): [string, Unproposed] => [
      String(leafIndex),
      { since, told: told || isDue },
    ]);
    channel.state = { ...state, ...(unproposed.length > 0 && { unproposed: Object.fromEntries(unproposed) }) };
    this.book.save(transaction, channel);
    const administers = mayAdminister(state.profile, this.device.contactPoint).allowed && state.standing !== 'halted';
    return administers ? due.map(({ leafIndex }) => leafIndex) : [];
  }

  async #tell(transaction: Transaction, channel: OpenChannel): Promise<void> {
    const trust = await this.trust.current(transaction);
    const devices = forfeitedLeaves(channel, trust, this.device.clock.now());
    const named = devices.map(({ certificate }) => deviceOf(certificate)).join(', ');
    const error = breach('CLI-23', `${named}. Nothing is sent until somebody who administers the channel has done it.`);
    await raiseAlarm(transaction, this.device.clock, error, { channel: channel.state.id, seq: channel.state.seq });
  }

  #unproposed(channel: OpenChannel, trust: Trust) {
    const proposed = new Set(
      (channel.group === undefined ? [] : proposedRemovals(channel.group)).map(({ leafIndex }) => leafIndex),
    );
    return forfeitedLeaves(channel, trust, this.device.clock.now()).filter(({ leafIndex }) => !proposed.has(leafIndex));
  }
}
