import type { Clock } from '#liaison/protocol';

/** Runs as the real one does, and can be moved ahead: hub and devices share it. */
export class MovableClock implements Clock {
  #ahead = 0;

  now(): number {
    return Date.now() + this.#ahead;
  }

  advance(milliseconds: number): void {
    this.#ahead += milliseconds;
  }
}
