import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { consentsInForce, mayConsent, type ConsentRecord, type Target } from '#liaison/policy';
import { ChannelId, ContactPointId, RecordId, type ConsentTerms } from '#liaison/protocol';
import { NOW } from './arbitraries.js';

const [bg, hu, mk] = ['bg', 'hu', 'mk'].map((id) => ContactPointId.parse(id)) as [
  ContactPointId,
  ContactPointId,
  ContactPointId,
];
const id = (last: number): RecordId =>
  RecordId.parse(`019aa8b2-7c00-7a4e-9f10-6b1f0d6f2c${String(last).padStart(2, '0')}`);
const channel = ChannelId.parse('019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a');
const terms: ConsentTerms = { state: 'given', act: 'forward', recipients: [mk], to: [hu] };

function consentRecord(number: number, change: Partial<ConsentTerms> = {}, by = bg): ConsentRecord {
  return { id: id(number), channel, about: id(1), by, terms: { ...terms, ...change } };
}

describe('consents in force', () => {
  it('are those that were given, have not expired and were not revoked by whoever gave them', () => {
    const records = [
      consentRecord(2, { state: 'asked' }, hu),
      consentRecord(3, { answers: id(2) }),
      consentRecord(4, { expiresAt: '2026-11-21T18:00:00.000Z' }),
      consentRecord(5, { expiresAt: '2026-11-21T18:00:00.001Z' }),
      consentRecord(6, { state: 'refused' }),
      consentRecord(7),
      consentRecord(8, { state: 'revoked', answers: id(7) }),
      consentRecord(9, { state: 'revoked', answers: id(3) }, hu),
      consentRecord(10, { expiresAt: '2026-02-31T18:00:00.000Z'.replace('02-31', '13-01') }),
    ];
    expect(consentsInForce(records, NOW).map(({ record }) => record)).toEqual([id(3), id(5)]);
  });

  it('do not depend on the order in which the records come', () => {
    const records = [consentRecord(2), consentRecord(3, { state: 'revoked', answers: id(2) }), consentRecord(4)];
    fc.assert(
      fc.property(fc.shuffledSubarray(records, { minLength: 3 }), (shuffled) => {
        expect(consentsInForce(shuffled, NOW).map(({ record }) => record)).toEqual([id(4)]);
      }),
    );
  });
});

describe('a consent', () => {
  const target: Target = {
    kind: 'message',
    sentBy: bg,
    marking: { classification: 'RESTRICTED', handling: ['H2'], caveats: [] },
    originators: [bg],
    withdrawn: false,
  };
  const about = { about: id(1), channel };

  it('is asked for by anybody, and given, refused and revoked by an originator', () => {
    const by = (contactPoint: ContactPointId, change: Partial<ConsentTerms>): boolean =>
      mayConsent({ actor: { contactPoint }, target, about, terms: { ...terms, ...change } }).allowed;
    expect(by(hu, { state: 'asked' })).toBe(true);
    expect(by(bg, { state: 'given' })).toBe(true);
    for (const state of ['given', 'refused', 'revoked'] as const) expect(by(hu, { state })).toBe(false);
  });

  it('names what it answers on the same record, for the same act', () => {
    const answering = (state: ConsentTerms['state'], answered?: ConsentRecord): boolean =>
      mayConsent({
        actor: { contactPoint: bg },
        target,
        about,
        terms: { ...terms, state, answers: id(2) },
        ...(answered && { answered }),
      }).allowed;
    expect(answering('given', consentRecord(2, { state: 'asked' }, hu))).toBe(true);
    expect(answering('revoked', consentRecord(2))).toBe(true);
    expect(answering('given')).toBe(false);
    expect(answering('given', consentRecord(2))).toBe(false);
    expect(answering('revoked', consentRecord(2, { state: 'asked' }, hu))).toBe(false);
    expect(answering('given', consentRecord(2, { state: 'asked', act: 'grant' }, hu))).toBe(false);
    expect(answering('given', { ...consentRecord(2, { state: 'asked' }, hu), about: id(9) })).toBe(false);
    expect(answering('asked', consentRecord(2, { state: 'asked' }, hu))).toBe(false);
  });
});
