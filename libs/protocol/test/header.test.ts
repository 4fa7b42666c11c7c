import { describe, expect, it } from '@jest/globals';
import { canonicalJson, decodeHeader, encodeHeader, type Json } from '../src/index.js';
import { refusalOf } from './refusal.js';
import { headerExample } from './header-example.js';

const SOURCE = { channel: headerExample.channel, record: headerExample.id };

describe('record header', () => {
  it('reads what it writes', () => {
    expect(encodeHeader(decodeHeader(canonicalJson(headerExample)))).toBe(canonicalJson(headerExample));
  });

  it('HDR-01 refuses a header over the limit before parsing it', () => {
    expect(refusalOf(() => decodeHeader(' '.repeat(8193))).details.check).toBe('HDR-01');
  });

  it.each<[string, Record<string, Json>]>([
    ['an unknown member', { colour: 'red' }],
    ['an unknown kind', { kind: 'gossip' }],
    ['a sender that is no device', { sender: 'bg' }],
    ['a local time', { sentAt: '2026-11-21T20:00:00+02:00' }],
    ['a body over 64 KiB', { bodySize: 65_537 }],
    ['a negative epoch', { epoch: -1 }],
    ['a fractional epoch', { epoch: 1.5 }],
    ['another version', { v: 2 }],
    ['a source twice', { derivedFrom: [SOURCE, SOURCE] }],
    ['H3 without its text', { marking: { classification: 'RESTRICTED', handling: ['H3'], caveats: [] } }],
    ['a handling code twice', { marking: { classification: 'RESTRICTED', handling: ['H1', 'H1'], caveats: [] } }],
    [
      'a control character in a marking',
      { marking: { classification: 'RESTRICTED', handling: ['H3'], handlingText: 'a\u001b[2Jb', caveats: [] } },
    ],
    ...['A\nTLP:CLEAR', 'A\rB', 'A\tB', 'A\u2028B', 'A\u2029B', 'A\u0085B'].map(
      (nationalMarking): [string, Record<string, Json>] => [
        `a national marking of more than one line (${JSON.stringify(nationalMarking)})`,
        { marking: { classification: 'RESTRICTED', nationalMarking, handling: [], caveats: [] } },
      ],
    ),
  ])('HDR-02 refuses %s', (_name, change) => {
    expect(refusalOf(() => decodeHeader(canonicalJson({ ...headerExample, ...change }))).details.check).toBe('HDR-02');
  });

  it('says which member is wrong, and never its value', () => {
    expect(() => decodeHeader(canonicalJson({ ...headerExample, sender: 'secret name' }))).toThrow(
      /sender: a device address/,
    );
    expect(() => decodeHeader(canonicalJson({ ...headerExample, sender: 'secret name' }))).not.toThrow(/secret name/);
  });
});
