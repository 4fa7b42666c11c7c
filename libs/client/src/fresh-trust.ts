import { LiaisonError } from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import type { Device } from './device.js';
import type { Hub } from './hub.js';
import { isPassing } from './passing-fault.js';
import type { TrustKeeper } from './trust-keeper.js';

/** How long a look at the revocation lists holds; a device that stays connected looks again as often. */
export const REVOCATIONS_HOLD_MS = 5 * 60 * 1000;

/** Asks the hub for the newest roster and revocation lists, as often as they are to be new. */
export class FreshTrust {
  #revocationsAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly trust: TrustKeeper,
  ) {}

  /**
   * The roster, and the revocation lists of all active contact points: any of them may be in the next channel. A hub that shows no
   * good roster keeps no list back; one that is away is asked no further.
   */
  async refresh(): Promise<void> {
    try {
      await this.refreshRoster();
    } catch (error) {
      // What is wrong with the lists has become an alarm of its own.
      if (!isPassing(error)) await this.#renewLists().catch(() => undefined);
      throw error;
    }
    await this.#renewLists();
  }

  /** As {@link refresh}, however fresh the lists are. */
  async refreshNow(): Promise<void> {
    this.#revocationsAt = Number.NEGATIVE_INFINITY;
    await this.refresh();
  }

  /**
   * Because of what the known ones refuse. Where the hub shows a wrong roster or list, an alarm says so, and it is judged by those that
   * this device has: so it is where the hub shows none, for else it could have what is refused go unsaid.
   */
  async refreshForJudgement(): Promise<void> {
    try {
      await this.refreshNow();
    } catch (error) {
      if (!(error instanceof LiaisonError) || isPassing(error)) throw error;
      if (error.code === 'integrity')
        await this.device.transact((transaction) => raiseAlarm(transaction, this.device.clock, error));
    }
  }

  async refreshRoster(): Promise<void> {
    await this.trust.refreshRoster(this.hub);
  }

  async refreshRevocations(): Promise<void> {
    const now = this.device.clock.now();
    await this.trust.refreshRevocations(this.hub);
    this.#revocationsAt = now;
  }

  async #renewLists(): Promise<void> {
    if (this.device.clock.now() - this.#revocationsAt >= REVOCATIONS_HOLD_MS) await this.refreshRevocations();
  }

  /** Lists that are missing or overdue are told of, whether the hub has answered or not. */
  async warnOfOldLists(): Promise<void> {
    await this.device.transact(async (transaction) => {
      const trust = await this.trust.current(transaction);
      const { clock } = this.device;
      for (const { id, status } of trust.roster.contactPoints) {
        const fault = status === 'active' ? trust.freshnessFault(id, clock.now()) : undefined;
        if (fault !== undefined) await raiseAlarm(transaction, clock, fault);
      }
    });
  }
}
