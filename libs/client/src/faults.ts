import { LiaisonError } from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import type { Device } from './device.js';
import { isPassing } from './live-connection.js';
import type { Problem } from './views.js';

/** What becomes of an error: a breach is stored as an alarm wherever it comes up. */
export class Faults {
  #problems: Problem[] = [];

  constructor(private readonly device: Device) {}

  /** Told with what was tolerated: an error that did not end the round. */
  addProblem(error: unknown): void {
    this.#problems.push(problemOf(error));
  }

  /** What was tolerated since it was last asked. */
  takeProblems(): readonly Problem[] {
    return this.#problems.splice(0);
  }

  /** A breach becomes an alarm and is still an error for the caller. */
  async guarded<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (!isPassing(error)) await this.note(error);
      throw error;
    }
  }

  /** A breach becomes an alarm and the round goes on; the hub being away ends the round. */
  async tolerated<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (isPassing(error)) throw error;
      await this.note(error);
      this.#problems.push(problemOf(error));
      return undefined;
    }
  }

  async note(error: unknown): Promise<void> {
    if (!(error instanceof LiaisonError) || error.code !== 'integrity' || this.device.isClosed) return;
    await this.device.transact((transaction) => raiseAlarm(transaction, this.device.clock, error));
  }
}

/** Only errors of ours say in words what may be shown. */
function problemOf(error: unknown): Problem {
  if (!(error instanceof LiaisonError))
    return { code: 'internal', message: 'Something went wrong inside this client.' };
  const { check } = error.details;
  return { code: error.code, message: error.message, ...(check === undefined ? {} : { check }) };
}
