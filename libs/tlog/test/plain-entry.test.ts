import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, parseCanonicalJson } from '#liaison/protocol';
import { LogEntry } from '#liaison/tlog';
import { decodePlainEntry, plainEntryPlace } from '../src/plain-entry.js';

/** What the long way says of a text. */
function byTheSchema(text: string): LogEntry | undefined {
  try {
    return LogEntry.parse(parseCanonicalJson(text));
  } catch {
    return undefined;
  }
}

const CHANNEL = '019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a';
const RECORD = '019aa8b2-7c00-7a4e-9f10-000000000007';
const AT = '2026-11-21T18:00:15.000Z';
const BASE = { v: 1, at: AT, actor: 'bg:petrova:desk-1', salt: 'xkwTHyN4XyhQEVywotoXMQ' } as const;
const SIGNED = { openedAt: AT, signature: 'A'.repeat(86) };
const STORED = { type: 'record.stored', headerHash: 'h3-uXk4uCd1_E10hVICy5JcJDrw5i-M6USjOX5ajXSE' } as const;
const PLAIN: readonly object[] = [
  { ...BASE, ...STORED, subject: { channel: CHANNEL, epoch: 0, record: RECORD, seq: 7 } },
  { ...BASE, ...STORED, subject: { channel: CHANNEL, record: RECORD, seq: 7 } },
  { ...BASE, ...STORED, subject: { about: RECORD, channel: CHANNEL, epoch: 3, record: RECORD, seq: 8 } },
  {
    ...BASE,
    ...STORED,
    type: 'record.acknowledged',
    subject: { about: RECORD, channel: CHANNEL, record: RECORD, seq: 9 },
  },
  { ...BASE, type: 'commit.ordered', subject: { channel: CHANNEL, epoch: 12, seq: 90 } },
  {
    ...BASE,
    type: 'record.delivered',
    actor: 'hub',
    recipients: ['hu:nagy:desk-1', 'iq:hassan:desk-1'],
    subject: { channel: CHANNEL, seq: 9 },
  },
  { ...BASE, type: 'record.opened', details: SIGNED, subject: { channel: CHANNEL, record: RECORD } },
  {
    ...BASE,
    type: 'record.opened',
    details: SIGNED,
    purpose: 'Дело 12/2026',
    subject: { channel: CHANNEL, record: RECORD },
  },
];
const texts = PLAIN.map((entry) => canonicalJson(entry as never));

describe('an entry of a plain form', () => {
  it.each(texts)('is read as the schema reads it: %s', (text) => {
    expect(decodePlainEntry(text)).toEqual(byTheSchema(text));
    expect(decodePlainEntry(text)).toBeDefined();
    const { type, subject } = byTheSchema(text) ?? {};
    const hasPlace = type !== 'record.delivered' && type !== 'record.opened';
    const place = hasPlace ? { channel: subject?.channel, seq: subject?.seq } : {};
    expect(plainEntryPlace(text)).toEqual({ type, subject: place });
  });

  it('is never taken for good where the schema refuses it: changed anywhere', () => {
    const change = fc.record({
      text: fc.constantFrom(...texts),
      at: fc.nat(600),
      cut: fc.nat(3),
      put: fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom('"', '\\', '\\u0041', '\n', ' ', ',', '0', '-', '1e3', 'null', '"x":1,', 'ß', '\ud800'),
      ),
    });
    fc.assert(
      fc.property(change, ({ text, at, cut, put }) => {
        const place = at % text.length;
        const changed = text.slice(0, place) + put + text.slice(place + cut);
        const plain = decodePlainEntry(changed);
        if (plain !== undefined) expect(plain).toEqual(byTheSchema(changed));
        expect(plainEntryPlace(changed) === undefined).toBe(plain === undefined);
      }),
      { numRuns: 20_000 },
    );
  });
});
