import { expect } from '@jest/globals';
import fc from 'fast-check';
import { ERROR_CODES, ErrorAnswer, type ErrorCode } from '#liaison/protocol';
import { callHub } from '#liaison/testing';
import { startWorld, type World } from '../matrix/world.js';
import type { RawAnswer } from './raw-http.js';

/** Failures print the seed; give it here to see the same again. */
const SEED = process.env['LIAISON_FUZZ_SEED'];
/** How many times as many cases as usual. */
const FACTOR = Number(process.env['LIAISON_FUZZ_FACTOR'] ?? 1);

const SLOWEST_MS = 5_000;
const CALLS_OF_A_SESSION = 1_000;

/** A hub with a community and a channel, and what must hold of it whatever it is sent. */
export class Target {
  token = '';
  private calls = 0;
  private linesRead = 0;

  private constructor(readonly world: World) {}

  static async start(): Promise<Target> {
    return new Target(await startWorld());
  }

  get port(): number {
    return Number(new URL(this.world.hub.url).port);
  }

  /** Before each call: rates and the end of sessions are other tests' subjects. */
  async refresh(): Promise<void> {
    this.world.clock.advance(500);
    if (this.calls % CALLS_OF_A_SESSION === 0)
      this.token = (await this.world.community.signIn(this.world.owner.device)).token;
    this.calls += 1;
  }

  check<T>(cases: number, input: fc.Arbitrary<T>, holds: (value: T) => Promise<void>): Promise<void> {
    const seed = SEED === undefined ? {} : { seed: Number(SEED) };
    return fc.assert(
      fc.asyncProperty(input, async (value) => {
        await this.refresh();
        await holds(value);
      }),
      { numRuns: cases * FACTOR, ...seed },
    );
  }

  /** Alive, its database too, it authenticates, and it met no fault of its own meanwhile. */
  async mustStillServe(): Promise<void> {
    await this.refresh();
    expect(await callHub(this.world.hub.url, 'ready')).toMatchObject({ status: 200 });
    expect(await callHub(this.world.hub.url, 'listChannels', { token: this.token })).toMatchObject({ status: 200 });
    expect(this.faults()).toEqual([]);
  }

  /** New log lines of level error and above. */
  private faults(): string[] {
    const lines = this.world.hub.logLines.slice(this.linesRead);
    this.linesRead += lines.length;
    return lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50);
  }

  stop(): Promise<void> {
    return this.world.stop();
  }
}

/** Refused in the documented form, or answered; never a fault of the hub's own, and soon. */
export function mustBeDocumented(method: string, { status, headers, body, milliseconds }: RawAnswer): void {
  expect(milliseconds).toBeLessThan(SLOWEST_MS);
  // 304: express answers conditional requests by itself.
  if (status === 200 || status === 304) return;
  if (method === 'HEAD') {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    return;
  }
  expect({ status, type: headers.get('content-type'), body }).toMatchObject({
    type: 'application/json; charset=utf-8',
    body: expect.stringMatching(/^\{"error":/),
  });
  const { error } = ErrorAnswer.parse(JSON.parse(body));
  mustBeKnown(error.code);
  expect(status).toBe(ERROR_CODES[error.code as ErrorCode].status);
}

export function mustBeKnown(code: string): void {
  expect(Object.keys(ERROR_CODES)).toContain(code);
  expect(['internal', 'unavailable', 'try-again']).not.toContain(code);
}
