import type { CheckpointMaker } from './checkpoint-maker.js';

/** From the first act that no checkpoint covers to the next checkpoint: with the work itself, under a second. */
const GATHER_MS = 500;
/** How often this node looks for what another node appended before it ended. */
const LOOK_MS = 5_000;

/** A checkpoint at least every second while there is traffic, and one after the last act. */
export class CheckpointSchedule {
  private waiting: NodeJS.Timeout | undefined;
  private making: Promise<void> = Promise.resolve();
  private readonly looking: NodeJS.Timeout;

  constructor(
    private readonly maker: CheckpointMaker,
    private readonly onFault: (fault: unknown) => void,
  ) {
    this.looking = setInterval(() => {
      this.appended();
    }, LOOK_MS);
  }

  /** Something may have been appended. */
  appended(): void {
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined;
      void this.make();
    }, GATHER_MS);
  }

  /** Covers what is left. Nothing is scheduled afterwards. */
  async stop(): Promise<void> {
    clearInterval(this.looking);
    clearTimeout(this.waiting);
    await this.make();
  }

  /** One after the other; a failure is told, and the next try covers what it left. */
  private make(): Promise<void> {
    this.making = this.making.then(() => this.maker.catchUp()).catch(this.onFault);
    return this.making;
  }
}
