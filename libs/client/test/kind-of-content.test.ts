import { describe, expect, it } from '@jest/globals';
import { type RecordBody, RecordId, type RecordKind } from '#liaison/protocol';
import { fitsKind } from '../src/kind-of-content.js';

const inReplyTo = RecordId.parse('019aa8b2-7c00-7a4e-9f10-6b1f0d6f2c11');
const words: RecordBody = { v: 1, type: 'content', language: 'en', subject: 'It was the wrong person' };
const alert: RecordBody = { ...words, text: 'All of it' };
const title: RecordBody = { v: 1, type: 'channel-title', title: 'Route' };
const attestation: RecordBody = { v: 1, type: 'attestation', state: 'destroyed', at: '2026-11-21T18:00:00.000Z' };
const translation: RecordBody = {
  v: 1,
  type: 'translation',
  translation: { language: 'bg', translator: 'A. B.', method: 'human', at: '2026-11-21T18:00:00.000Z', text: 'x' },
};
const fits = (kind: RecordKind, body: RecordBody) => fitsKind({ kind, inReplyTo }, body);

describe('the content of a record is what its kind says, by which the hub judges it (CLI-21)', () => {
  it.each(['profile', 'template', 'withdrawal', 'erasure', 'acknowledgement', 'consent', 'marking'] as const)(
    'no officer’s text travels as %s',
    (kind) => {
      expect(fits(kind, alert)).toBe(false);
      expect(fits('alert', alert)).toBe(true);
    },
  );

  it('words beside what is said of a record are a subject', () => {
    for (const kind of ['consent', 'marking', 'withdrawal'] as const) {
      expect(fits(kind, words)).toBe(true);
      expect(fits(kind, { ...words, facts: { a: 1 } })).toBe(false);
      expect(fits(kind, { ...words, translations: [] })).toBe(false);
      expect(fits(kind, translation)).toBe(false);
    }
  });

  it('each other body has its kind', () => {
    expect([fits('profile', title), fits('message', title), fits('template', title)]).toEqual([true, false, false]);
    expect([fits('erasure', attestation), fits('withdrawal', attestation)]).toEqual([true, false]);
    expect([fits('message', translation), fits('template', translation)]).toEqual([true, false]);
  });
});
