import { beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { utf8 } from '#liaison/protocol';
import { cryptoReady } from '../src/sodium.js';
import { spokenDigits } from '../src/spoken-digits.js';

beforeAll(cryptoReady);

describe('digits to read aloud', () => {
  it('are SHA-256 as a number, in groups of five', () => {
    const hash = createHash('sha256').update('liaison roster text v1\0{}').digest('hex');
    const expected = (BigInt(`0x${hash}`) % 10n ** 60n).toString().padStart(60, '0');
    const spoken = spokenDigits('roster text', utf8('{}'));
    expect(spoken).toMatch(/^(\d{5} ){11}\d{5}$/);
    expect(spoken.replaceAll(' ', '')).toBe(expected);
  });

  it('are the last groups of the whole where fewer are wanted', () => {
    const whole = spokenDigits('roster text', utf8('{}'));
    expect(whole.endsWith(spokenDigits('roster text', utf8('{}'), 6))).toBe(true);
  });

  it('differ by what they are of', () => {
    expect(spokenDigits('roster text', utf8('{}'))).not.toBe(spokenDigits('hub identity', utf8('{}')));
  });
});
