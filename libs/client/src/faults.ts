import { LiaisonError } from '#liaison/protocol';
import { raiseAlarm } from './alarms.js';
import type { Device } from './device.js';
import { isPassing } from './passing-fault.js';
import type { Problem } from './views.js';

/** A device may be connected for months before it asks for them. */
const MOST_PROBLEMS = 100;

/** What becomes of an error: a breach is stored as an alarm wherever it comes up. */
export class Faults {
  #problems: readonly Problem[] = [];

  constructor(private readonly device: Device) {}

  /** Told with what was tolerated: an error that did not end the round. */
  addProblem(error: unknown): void {
    this.#problems = [...this.#problems.slice(1 - MOST_PROBLEMS), problemOf(error)];
  }

  /** What was tolerated since it was last asked; of many the last. */
  takeProblems(): readonly Problem[] {
    const problems = this.#problems;
    this.#problems = [];
    return problems;
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
      this.addProblem(error);
      return undefined;
    }
  }

  /** A breach becomes an alarm, and the hub being away is nothing new: the connection tells of it. @returns whether it has answered, rightly or not. */
  async isAnswered(step: () => Promise<unknown>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (isPassing(error)) return false;
      await this.note(error);
      this.addProblem(error);
      return error instanceof LiaisonError && error.code === 'integrity';
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
