import type { Clock } from '#liaison/protocol';

/** Stands still until told to move. */
export class TestClock implements Clock {
  /** @param time where it starts: RFC 3339. */
  constructor(time = '2026-11-21T18:00:00.000Z') {
    this.time = Date.parse(time);
  }

  private time: number;

  now(): number {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }

  set(time: string): void {
    this.time = Date.parse(time);
  }
}
