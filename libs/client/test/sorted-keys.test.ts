import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SortedKeys } from '../src/sorted-keys.js';

const key = fc.string({ minLength: 1, maxLength: 3 });
const step = fc.record({
  adds: fc.array(key, { maxLength: 400 }),
  deletes: fc.array(key, { maxLength: 20 }),
  prefix: fc.string({ maxLength: 1 }),
  after: fc.option(key, { nil: undefined }),
  limit: fc.option(fc.nat(10), { nil: undefined }),
});

describe('keys in order', () => {
  it('are those that are there, sorted, however few or many come and go between two lists', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const present = new Set<string>();
        const keys = new SortedKeys(() => present);
        for (const { adds, deletes, prefix, after, limit } of steps) {
          for (const key of new Set(adds)) {
            if (!present.has(key)) keys.add(key);
            present.add(key);
          }
          for (const key of new Set(deletes)) if (present.delete(key)) keys.delete(key);
          const range = { ...(after !== undefined && { after }), ...(limit !== undefined && { limit }) };
          const wanted = [...present].sort().filter((key) => key.startsWith(prefix) && key > (after ?? ''));
          expect(keys.inRange(prefix, range)).toEqual(wanted.slice(0, limit));
        }
      }),
    );
  });
});
