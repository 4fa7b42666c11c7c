import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isAtLeastAsStrict, joined, joinMarkings, laxAxes, markingOfJoin, MOST_HANDLING_TEXT } from '#liaison/policy';
import { Marking } from '#liaison/protocol';
import { marking } from './arbitraries.js';

describe('joining marks', () => {
  it('does not depend on order, grouping or repetition', () => {
    fc.assert(
      fc.property(marking, marking, marking, (a, b, c) => {
        expect(joinMarkings([a, b])).toEqual(joinMarkings([b, a]));
        expect(joinMarkings([joinMarkings([a, b]), c])).toEqual(joinMarkings([a, joinMarkings([b, c])]));
        expect(joinMarkings([a, a])).toEqual(joinMarkings([a]));
      }),
    );
  });

  it('gives the least mark that is at least as strict as each', () => {
    fc.assert(
      fc.property(marking, marking, marking, (a, b, other) => {
        const join = joinMarkings([a, b]);
        expect(isAtLeastAsStrict(join, a) && isAtLeastAsStrict(join, b)).toBe(true);
        const bound = isAtLeastAsStrict(other, a) && isAtLeastAsStrict(other, b);
        expect(isAtLeastAsStrict(other, join)).toBe(bound);
      }),
    );
  });

  it('of nothing restricts nothing', () => {
    fc.assert(
      fc.property(marking, (a) => {
        expect(joinMarkings([a, joinMarkings([])])).toEqual(joinMarkings([a]));
        expect(isAtLeastAsStrict(a, joinMarkings([]))).toBe(true);
      }),
    );
  });

  it('can be carried by a header, as strict as it is', () => {
    fc.assert(
      fc.property(fc.array(marking, { maxLength: 4 }), (markings) => {
        const join = joinMarkings(markings);
        const carried = markingOfJoin(join);
        if (carried === undefined) throw new Error('short texts fit');
        expect(Marking.safeParse(carried).success).toBe(true);
        expect(isAtLeastAsStrict(carried, join)).toBe(true);
      }),
    );
  });

  it('says so where the texts of H3 do not fit into a header', () => {
    const long = (letter: string): Marking => ({
      classification: 'UNCLASSIFIED',
      handling: ['H3'],
      handlingText: letter.repeat(MOST_HANDLING_TEXT),
      caveats: [],
    });
    expect(markingOfJoin(joinMarkings([long('a')]))).toEqual({
      ...long('a'),
      handling: ['H0', 'H3'],
      tlp: undefined,
      pap: undefined,
    });
    expect(markingOfJoin(joinMarkings([long('a'), long('b')]))).toBeUndefined();
  });

  it('keeps one national marking, and lists several', () => {
    const bulgarian: Marking = { classification: 'SECRET', nationalMarking: 'Секретно', handling: [], caveats: [] };
    const hungarian: Marking = { ...bulgarian, nationalMarking: 'Titkos!' };
    expect(markingOfJoin(joinMarkings([bulgarian]))?.nationalMarking).toBe('Секретно');
    expect(joinMarkings([bulgarian, hungarian]).nationalMarkings).toEqual(['Titkos!', 'Секретно']);
    expect(markingOfJoin(joinMarkings([bulgarian, hungarian]))?.nationalMarking).toBeUndefined();
  });
});

describe('strictness', () => {
  it('is a partial order', () => {
    fc.assert(
      fc.property(marking, marking, marking, (a, b, c) => {
        expect(isAtLeastAsStrict(a, a)).toBe(true);
        if (isAtLeastAsStrict(a, b) && isAtLeastAsStrict(b, c)) expect(isAtLeastAsStrict(a, c)).toBe(true);
        if (isAtLeastAsStrict(a, b) && isAtLeastAsStrict(b, a)) {
          const { nationalMarkings: _mine, ...mine } = joined(a);
          const { nationalMarkings: _theirs, ...theirs } = joined(b);
          expect(mine).toEqual(theirs);
        }
      }),
    );
  });

  it('agrees with the join', () => {
    fc.assert(
      fc.property(marking, marking, (a, b) => {
        const { nationalMarkings: _both, ...both } = joinMarkings([a, b]);
        const { nationalMarkings: _one, ...one } = joined(a);
        expect(isAtLeastAsStrict(a, b)).toBe(JSON.stringify(sorted(both)) === JSON.stringify(sorted(one)));
      }),
    );
  });

  it('takes an unmarked audience for stricter than one that its originator cleared', () => {
    const plain: Marking = { classification: 'UNCLASSIFIED', handling: [], caveats: [] };
    expect(laxAxes({ ...plain, tlp: 'CLEAR', pap: 'CLEAR' }, plain)).toEqual(['tlp', 'pap']);
    expect(laxAxes(plain, { ...plain, tlp: 'GREEN', pap: 'GREEN' })).toEqual(['tlp', 'pap']);
  });
});

function sorted(value: object): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
