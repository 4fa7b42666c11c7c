import type { ClientParts } from './client-parts.js';
import type { Faults } from './faults.js';
import { REVOCATIONS_HOLD_MS } from './fresh-trust.js';
import { LiveConnection } from './live-connection.js';
import { Lookout } from './lookout.js';
import type { SyncRound } from './sync-round.js';
import type { SyncReport } from './views.js';

/** A device that comes to the hub now and then, or stays connected and looks for what it is not told. */
export class OnlineDevice {
  readonly #lookout: Lookout;
  #live: LiveConnection | undefined;
  #stopLooking: (() => void) | undefined;

  constructor(
    private readonly parts: Pick<ClientParts, 'device' | 'hub' | 'synchroniser' | 'wait' | 'repeat'>,
    private readonly round: SyncRound,
    private readonly faults: Faults,
    private readonly deposit: () => Promise<unknown>,
  ) {
    this.#lookout = new Lookout(parts.device.clock, faults, () => round.look());
  }

  async sync(): Promise<SyncReport> {
    const began = this.parts.device.clock.now();
    const report = await this.round.run();
    if (report.problems.length === 0) this.#lookout.answered(began);
    return report;
  }

  /** Resolves when it is live for the first time. */
  async connect(): Promise<void> {
    if (this.#live === undefined) this.#lookout.begin();
    // Who is revoked while everybody is connected is not waited for until the next round.
    this.#stopLooking ??= this.parts.repeat(REVOCATIONS_HOLD_MS, () => {
      this.#lookout.tick();
    });
    this.#live ??= this.#connection();
    await this.#live.start();
  }

  disconnect(): void {
    this.#live?.stop();
    this.#live = undefined;
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }

  #connection(): LiveConnection {
    const { device, hub, synchroniser, wait } = this.parts;
    const { round, faults } = this;
    return new LiveConnection({
      hub,
      synchroniser,
      wait,
      random: device.random,
      tell: (event) => {
        if (event.type === 'connection') this.#lookout.connected(event.state === 'live');
        device.tell(event);
      },
      catchUp: async () => {
        await this.sync();
      },
      useSocket: (socket) => {
        round.submission.socket = socket;
      },
      onFault: (error) => faults.note(error),
      afterEvents: async (channel) => {
        await round.doDuties(channel, { inTurn: true });
        await round.moveCursor(channel);
        await round.judgeLater();
        await faults.tolerated(() => this.deposit());
      },
    });
  }
}
