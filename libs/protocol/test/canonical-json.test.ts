import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalJson, parseCanonicalJson } from '../src/index.js';
import { refusalOf } from './refusal.js';

describe('canonical JSON', () => {
  it('writes the example of RFC 8785 section 3.2.2', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members by UTF-16 code units, as RFC 8785 section 3.2.3 does', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = [...canonicalJson(value).matchAll(/":"([^"]+)"/g)].map((match) => match[1]);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('is stable: what it writes, it reads as canonical', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(parseCanonicalJson(text))).toBe(text);
      }),
    );
  });

  it.each([
    ['NaN', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['half of a surrogate pair', 'a\ud800b'],
    ['half of a surrogate pair in a member name', { '\udc00': 1 }],
  ])('refuses %s', (_name, value) => {
    expect(refusalOf(() => canonicalJson(value)).code).toBe('malformed');
  });

  it.each([
    ['white space', '{"a": 1}'],
    ['unsorted members', '{"b":1,"a":2}'],
    ['a member twice', '{"a":1,"a":1}'],
    ['another form of a number', '[1.0]'],
    ['a needless escape', '["\\u0041"]'],
    ['no JSON', '{'],
    ['a nesting bomb', '['.repeat(5000) + ']'.repeat(5000)],
  ])('PRO-01 refuses to read %s', (_name, text) => {
    expect(refusalOf(() => parseCanonicalJson(text))).toMatchObject({
      code: 'malformed',
      details: { check: 'PRO-01' },
    });
  });

  it('keeps a member named __proto__ as data', () => {
    expect(canonicalJson(parseCanonicalJson('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });
});
