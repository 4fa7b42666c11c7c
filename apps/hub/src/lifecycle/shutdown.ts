/** In this order; the steps of one stage run together. */
export const SHUTDOWN_STAGES = [
  'stop-accepting',
  'drain',
  'close-sockets',
  'close-connections',
  'close-pools',
  'stop-database',
] as const;
export type ShutdownStage = (typeof SHUTDOWN_STAGES)[number];

type Step = () => Promise<void> | void;

/**
 * What has to happen, in order, before the process may end: nothing acknowledged is lost and no PostgreSQL is left behind.
 * Nest's own hooks run in an order of their own and end the process early, so they are not used.
 */
export class Shutdown {
  private readonly steps = new Map<ShutdownStage, Step[]>();
  private ending: Promise<void> | undefined;

  /** @param onFault told of a step that failed; the later steps still run. */
  constructor(private readonly onFault: (stage: ShutdownStage, fault: unknown) => void) {}

  get hasBegun(): boolean {
    return this.ending !== undefined;
  }

  at(stage: ShutdownStage, step: Step): void {
    this.steps.set(stage, [...(this.steps.get(stage) ?? []), step]);
  }

  /** Safe to call again: the second call waits for the first. */
  run(): Promise<void> {
    this.ending ??= this.runAll();
    return this.ending;
  }

  private async runAll(): Promise<void> {
    for (const stage of SHUTDOWN_STAGES) {
      const steps = this.steps.get(stage) ?? [];
      await Promise.all(steps.map((step) => this.runOne(stage, step)));
    }
  }

  private async runOne(stage: ShutdownStage, step: Step): Promise<void> {
    try {
      await step();
    } catch (fault) {
      this.onFault(stage, fault);
    }
  }
}
