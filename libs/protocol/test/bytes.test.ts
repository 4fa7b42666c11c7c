import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { equalBytes, fromBase64url, fromUtf8, newId, RecordId, toBase64url } from '../src/index.js';

describe('base64url', () => {
  it('agrees with Node for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = toBase64url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(fromBase64url(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AA==', 'A+', 'A/', 'AB', 'A A', 'Aé'])('refuses %j: one byte string has one text', (text) => {
    expect(() => fromBase64url(text)).toThrow('not base64url');
  });
});

describe('bytes', () => {
  it('compares whole arrays', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });

  it('refuses text that is not UTF-8', () => {
    expect(() => fromUtf8(Uint8Array.of(0xff))).toThrow('not UTF-8');
  });
});

describe('ids', () => {
  it('are UUIDs of version 7, ordered by time', () => {
    const random = { bytes: (length: number) => new Uint8Array(length).fill(0xff) };
    const early = newId({ now: () => Date.UTC(2026, 10, 21) }, random);
    const late = newId({ now: () => Date.UTC(2026, 10, 22) }, random);
    expect(RecordId.safeParse(early).success).toBe(true);
    expect(early[14]).toBe('7');
    expect(early < late).toBe(true);
  });
});
