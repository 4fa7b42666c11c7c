import type { PublishedEvent } from '../records/submission.js';
import { eventFrame } from './frames.js';

/** What one socket is sent of a batch: `parts`, one or two, in order, hold `count` frames. */
export interface FramesForSocket {
  readonly count: number;
  readonly parts: readonly Buffer[];
}

/** The frames of a run of events in one piece of memory, of which every socket is sent all but its own. */
export class FrameBatch {
  private readonly bytes: Buffer;
  private readonly everything: FramesForSocket;
  /** Where each frame ends. */
  private readonly ends: readonly number[];
  /** The socket that gets a receipt instead, frame by frame. */
  private readonly origins: readonly (string | undefined)[];

  constructor(run: readonly PublishedEvent[]) {
    const frames = run.map(({ event }) => eventFrame(event));
    const [only] = frames;
    this.bytes = frames.length === 1 && only !== undefined ? only : Buffer.concat(frames);
    let end = 0;
    this.ends = frames.map(({ length }) => (end += length));
    this.origins = run.map(({ origin }) => origin);
    this.everything = { count: frames.length, parts: [this.bytes] };
  }

  /** Slices of the shared memory, as a rule; what lies between many frames of its own is copied, for a write takes two parts. */
  withoutOwn(socket: string): FramesForSocket {
    if (!this.origins.includes(socket)) return this.everything;
    let [count, start, from] = [0, 0, 0];
    const slices: Buffer[] = [];
    for (const [index, end] of this.ends.entries()) {
      if (this.origins[index] === socket) {
        if (start > from) slices.push(this.bytes.subarray(from, start));
        from = end;
      } else count += 1;
      start = end;
    }
    if (start > from) slices.push(this.bytes.subarray(from, start));
    const [first, ...rest] = slices;
    return { count, parts: first === undefined || rest.length < 2 ? slices : [first, Buffer.concat(rest)] };
  }
}
