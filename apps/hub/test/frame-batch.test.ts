import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId, type ChannelId } from '#liaison/protocol';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { FrameBatch } from '../src/realtime/frame-batch.js';
import { eventFrame } from '../src/realtime/frames.js';
import type { PublishedEvent } from '../src/records/submission.js';

const channel = newId(systemClock, systemRandom) as ChannelId;

function published(seq: number, origin: string): PublishedEvent {
  const position = { channel, seq, at: '2026-11-21T18:00:00.000Z', chain: 'A'.repeat(43) };
  const event = { ...position, type: 'proposal', epoch: 0, proposal: 'AAAA' } as const;
  return { event, origin, members: new Set(), membership: undefined };
}

describe('a batch of frames', () => {
  it('gives each socket all frames but its own, in order, in one or two parts', () => {
    const origins = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(origins, fc.constantFrom('a', 'b', 'nobody'), (senders, socket) => {
        const run = senders.map((origin, index) => published(index + 1, origin));
        const others = run.filter(({ origin }) => origin !== socket);
        const { count, parts } = new FrameBatch(run).withoutOwn(socket);
        expect(count).toBe(others.length);
        expect(parts.length).toBeLessThanOrEqual(2);
        const expected = Buffer.concat(others.map(({ event }) => eventFrame(event)));
        expect(Buffer.concat(parts).equals(expected)).toBe(true);
      }),
    );
  });
});
