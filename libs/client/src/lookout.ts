import type { Clock } from '#liaison/protocol';
import { breach } from './breach.js';
import type { Faults } from './faults.js';
import { REVOCATIONS_HOLD_MS } from './fresh-trust.js';

/** How long a hub may keep a device connected without answering what it asks. */
const MOST_BLIND_MS = 15 * 60 * 1000;
/** What a machine that slept has missed is not the hub's doing: so many looks in turn have to be in vain. */
const MOST_IN_VAIN = 2;

/** What a device looks for again and again while it is connected, and that the hub lets it. */
export class Lookout {
  #isConnected = false;
  /** Since it was last counted: a hub that ends the connection just before may begin it again just after. */
  #hasBeenConnected = false;
  #looking: Promise<void> | undefined;
  /** When the last look began that the hub has answered. */
  #answeredAt = 0;
  #countedAt = Number.NEGATIVE_INFINITY;
  #inVain = 0;

  /** @param look returns whether the hub has answered all of it. */
  constructor(
    private readonly clock: Clock,
    private readonly faults: Pick<Faults, 'note'>,
    private readonly look: () => Promise<boolean>,
  ) {}

  begin(): void {
    this.answered(this.clock.now());
  }

  /** Whether the hub keeps this device connected from now on. */
  connected(isSo: boolean): void {
    this.#isConnected = isSo;
    this.#hasBeenConnected ||= isSo;
  }

  /** The hub has answered all that a look would ask: a whole round does. @param began when it was first asked. */
  answered(began: number): void {
    this.#answeredAt = began;
    this.#inVain = 0;
  }

  /** What is to be done every few minutes. One look at a time, however long the hub takes to answer. */
  tick(): void {
    this.#count();
    this.#looking ??= this.#lookOnce()
      // This device was closed.
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #lookOnce(): Promise<void> {
    const began = this.clock.now();
    if (await this.look()) this.answered(began);
  }

  /** A hub that is away is no breach: the connection tells of it. */
  #count(): void {
    const now = this.clock.now();
    if (!this.#hasBeenConnected || Math.abs(now - this.#countedAt) < REVOCATIONS_HOLD_MS / 2) return;
    this.#countedAt = now;
    this.#hasBeenConnected = this.#isConnected;
    const isBlind = this.#inVain >= MOST_IN_VAIN && now - this.#answeredAt >= MOST_BLIND_MS;
    this.#inVain += 1;
    // Where this cannot be stored, nothing else can be.
    if (isBlind) this.faults.note(breach('CLI-78')).catch(() => undefined);
  }
}
