import { describe, expect, it } from '@jest/globals';
import {
  agreementBetween,
  equivalentMarking,
  NATIONAL_TERMS,
  nationalTerm,
  reasonsOf,
  understatedNational,
} from '#liaison/policy';
import { CLASSIFICATIONS, ContactPointId, type SecurityAgreement } from '#liaison/protocol';
import { NOW } from './arbitraries.js';

const [bg, fr, hu, iq] = ['bg-border', 'fr', 'hu', 'iq'].map((id) => ContactPointId.parse(id)) as [
  ContactPointId,
  ContactPointId,
  ContactPointId,
  ContactPointId,
];
const agreement: SecurityAgreement = {
  id: 'bg-fr-hu',
  parties: [bg, fr, hu],
  upTo: 'SECRET',
  source: 'for the test',
  validFrom: '2026-01-01',
  validTo: '2026-11-21',
  verified: false,
};

describe('the national terms', () => {
  it('each say where they were read, and lose nothing by being listed twice', () => {
    for (const term of NATIONAL_TERMS) {
      expect(term.source.length).toBeGreaterThan(10);
      expect(CLASSIFICATIONS).toContain(term.rank);
    }
    const texts = NATIONAL_TERMS.map(({ authority, term }) => `${authority} ${term}`);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('are found as officers type them, in the scale of their country', () => {
    expect(nationalTerm('СТРОГО  СЕКРЕТНО', bg)?.rank).toBe('TOP SECRET');
    expect(nationalTerm('titkos', hu)?.rank).toBe('SECRET');
    expect(nationalTerm('SECRET UE/EU SECRET', bg)?.authority).toBe('eu');
    expect(nationalTerm('Confidentiel Défense'.normalize('NFD'), fr)?.validTo).toBe('2021-06-30');
    expect(nationalTerm('Titkos!', bg)).toBeUndefined();
  });

  it('of two scripts are one scale', () => {
    const bosnia = ContactPointId.parse('ba');
    expect(nationalTerm('Tajno', bosnia)?.rank).toBe(nationalTerm('Тајно', bosnia)?.rank);
  });
});

describe('a national marking', () => {
  it('that is listed is never understated', () => {
    const understated = (nationalMarking: string, by: ContactPointId): string | undefined =>
      understatedNational({ nationalMarking, classification: 'RESTRICTED' }, [by])?.code;
    expect(understated('Секретно', bg)).toBe('national-understated');
    expect(understated('За служебно ползване', bg)).toBeUndefined();
    expect(understated('Секретно', hu)).toBeUndefined();
    expect(understated('NATO SECRET', hu)).toBe('national-understated');
    expect(understated('top secret', bg)).toBe('national-understated');
    expect(understated('محدود', iq)).toBeUndefined();
  });

  it('is judged by every originator’s scale', () => {
    const mixed = { nationalMarking: 'Титкос', classification: 'RESTRICTED' } as const;
    expect(understatedNational(mixed, [bg, hu])).toBeUndefined();
    const secret = { nationalMarking: 'Titkos!', classification: 'RESTRICTED' } as const;
    expect(understatedNational(secret, [bg, hu])?.values['rank']).toBe('SECRET');
  });
});

describe('an equivalent marking', () => {
  const secret = { nationalMarking: 'Секретно', classification: 'SECRET' } as const;
  const codes = (answer: ReturnType<typeof equivalentMarking>): string[] => reasonsOf(answer).map(({ code }) => code);

  it('is only what an agreement in force makes equivalent', () => {
    const answer = equivalentMarking(secret, bg, hu, [agreement], NOW);
    expect(answer).toMatchObject({ allowed: true, term: { term: 'Titkos!', verified: false }, agreement });
    expect(codes(equivalentMarking(secret, bg, hu, [], NOW))).toEqual(['no-agreement']);
    const tomorrow = NOW + 24 * 60 * 60 * 1000;
    expect(codes(equivalentMarking(secret, bg, hu, [agreement], tomorrow))).toEqual(['no-agreement']);
    const lower = { ...agreement, upTo: 'CONFIDENTIAL' as const };
    expect(codes(equivalentMarking(secret, bg, hu, [lower], NOW))).toEqual(['no-agreement']);
  });

  it('is not invented where the reader has no such level, or the marking is not listed', () => {
    const restricted = { nationalMarking: 'Поверително', classification: 'CONFIDENTIAL' } as const;
    expect(codes(equivalentMarking(restricted, bg, fr, [agreement], NOW))).toEqual(['no-national-term']);
    const unlisted = { nationalMarking: 'само за очи', classification: 'SECRET' } as const;
    expect(codes(equivalentMarking(unlisted, bg, hu, [agreement], NOW))).toEqual(['unlisted-marking']);
  });

  it('needs no agreement among colleagues', () => {
    const colleague = ContactPointId.parse('bg');
    expect(equivalentMarking(secret, bg, colleague, [], NOW)).toMatchObject({
      allowed: true,
      term: { term: 'Секретно' },
    });
  });

  it('takes both days of an agreement as days on which it holds', () => {
    const on = (day: string): boolean =>
      agreementBetween(bg, hu, 'SECRET', [agreement], Date.parse(`${day}T00:00:00.000Z`)) !== undefined;
    expect(['2025-12-31', '2026-01-01', '2026-11-21', '2026-11-22'].map(on)).toEqual([false, true, true, false]);
  });
});
