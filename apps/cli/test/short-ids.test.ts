import { describe, expect, it } from '@jest/globals';
import { idByPrefix, shortIds } from '../src/desk/short-ids.js';

const A = '01991a2b-0000-7000-8000-000000000001';
const B = '01991a2b-0001-7000-8000-000000000002';
const C = '02000000-0000-7000-8000-000000000003';

describe('short ids', () => {
  it('have as many characters as tell them apart, and eight at least', () => {
    expect([...shortIds([A, B, C]).values()]).toEqual(['01991a2b-0000', '01991a2b-0001', '02000000']);
  });

  it('name one record', () => {
    expect(idByPrefix([A, B, C], '02', 'record')).toBe(C);
    expect(idByPrefix([A, B, C], '01991A2B-0001', 'record')).toBe(B);
  });

  it('are refused where they fit several or none', () => {
    expect(() => idByPrefix([A, B, C], '01991', 'record')).toThrow('2 records begin so');
    expect(() => idByPrefix([A], 'ff', 'record')).toThrow('knows no record');
    expect(() => idByPrefix([A], '', 'record')).toThrow('knows no record');
  });
});
