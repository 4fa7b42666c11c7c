import { type GroupState, hubKeyOf } from '#liaison/mls-session';
import { type ChannelId, equalBytes } from '#liaison/protocol';
import type { ChannelBook } from '../channel-book.js';
import type { OpenChannel } from '../channel-state.js';
import type { CommitDesk } from '../commit-desk.js';
import type { Device } from '../device.js';
import type { Trust } from '../trust.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { Turn } from './turns.js';

/**
 * The hub's key in a group follows the roster. What it becomes the co-chairs have decided, so whoever is online first puts it there,
 * whatever its role (docs/spec/channel.md).
 */
export class HubKeyChange {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
    private readonly trust: TrustKeeper,
    private readonly desk: CommitDesk,
  ) {}

  async isDue(id: ChannelId): Promise<boolean> {
    return this.device.transact(async (transaction) => {
      const channel = await this.book.find(transaction, id);
      if (channel?.state.membership !== 'member' || channel.state.standing === 'halted') return false;
      const { creating, leaving } = channel.state;
      if (creating !== undefined || leaving !== undefined) return false;
      return isBehind(channel, await this.trust.current(transaction));
    });
  }

  /** @param turn asked before anything is committed: whether this device is to do it. @throws LiaisonError `try-again`. */
  async settle(id: ChannelId, turn?: Turn): Promise<void> {
    if (!(await this.isDue(id))) return;
    const trust = await this.#current();
    if (turn !== undefined && !(await turn((channel) => isBehind(channel, trust)))) return;
    await this.desk.commit(id, async ({ group }, authenticatedData) => {
      const { externalSenderKey } = await this.#current();
      return isOf(group, externalSenderKey)
        ? undefined
        : this.device.mls.commitHubKey(group, externalSenderKey, { authenticatedData });
    });
  }

  #current(): Promise<Trust> {
    return this.device.transact((transaction) => this.trust.current(transaction));
  }
}

function isBehind({ group }: OpenChannel, { externalSenderKey }: Trust): boolean {
  return group !== undefined && !isOf(group, externalSenderKey);
}

function isOf(group: GroupState, externalSenderKey: Uint8Array): boolean {
  return equalBytes(hubKeyOf(group), externalSenderKey);
}
