import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pad, paddedLength, padmeLength, unpad } from '#liaison/crypto';
import { outcomeOf } from './fixtures.js';

describe('Padmé', () => {
  it.each([
    [0, 0],
    [1, 1],
    [9, 10],
    [100, 104],
    [1000, 1024],
    [1025, 1088],
    [10_000, 10_240],
    [1_000_000, 1_015_808],
  ])('rounds %i up to %i', (length, padded) => {
    expect(padmeLength(length)).toBe(padded);
  });

  it('never shrinks, never grows by more than 12 %, and settles at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 40 }), (length) => {
        const padded = padmeLength(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded).toBeLessThanOrEqual(length * 1.12);
        expect(padmeLength(padded)).toBe(padded);
      }),
    );
  });
});

describe('pad', () => {
  it('is undone by unpad, whatever the bytes end with', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.constantFrom([], [0], [0x80], [0x80, 0, 0]), (head, tail) => {
        const bytes = Uint8Array.of(...head, ...tail);
        const padded = pad(bytes);
        expect(padded.length).toBe(paddedLength(bytes.length));
        expect(unpad(padded)).toEqual(bytes);
      }),
    );
  });

  it('hides whether an answer is yes or no', () => {
    expect(pad(new TextEncoder().encode('no')).length).toBe(pad(new TextEncoder().encode('negative')).length);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['zeros alone', new Uint8Array(256)],
    ['no marker', new Uint8Array(256).fill(1)],
    ['more padding than its length asks for', Uint8Array.of(0x80, ...new Uint8Array(511))],
  ])('unpad refuses %s', (_what, bytes) => {
    expect(outcomeOf(() => unpad(bytes))).toEqual({ outcome: 'malformed', check: 'CRY-01' });
  });
});
