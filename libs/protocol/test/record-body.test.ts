import { describe, expect, it } from '@jest/globals';
import { canonicalJson, decodeBody, type Json, utf8 } from '../src/index.js';
import { refusalOf } from './refusal.js';

const message = { v: 1, type: 'content', language: 'en', subject: 'Three women, red van.' };

describe('the decrypted body of a record', () => {
  it('is read', () => {
    expect(decodeBody(utf8(canonicalJson(message)))).toEqual(message);
  });

  it.each<[string, Json]>([
    ['an unknown type', { ...message, type: 'exploit' }],
    ['another version', { ...message, v: 2 }],
    ['an unknown member', { ...message, colour: 'red' }],
    ['a control character', { ...message, subject: 'a\u001b[2Jb' }],
    ['a list', [message]],
  ])('BDY-01 refuses %s', (_name, value) => {
    expect(refusalOf(() => decodeBody(utf8(canonicalJson(value)))).details.check).toBe('BDY-01');
  });

  it.each([
    ['a space', ' {"language":"en","subject":"S","type":"content","v":1}'],
    ['another order', '{"v":1,"language":"en","subject":"S","type":"content"}'],
    ['a member twice', '{"language":"en","subject":"Hidden","subject":"S","type":"content","v":1}'],
    ['an escape too many', '{"language":"en","subject":"\\u0053","type":"content","v":1}'],
  ])('BDY-01 refuses a second text of one content: %s', (_name, text) => {
    expect(JSON.parse(text)).toMatchObject({ subject: 'S' });
    expect(refusalOf(() => decodeBody(utf8(text))).details.check).toBe('BDY-01');
  });

  it('BDY-01 refuses what is not JSON, or not UTF-8', () => {
    expect(refusalOf(() => decodeBody(utf8('{'))).details.check).toBe('BDY-01');
    expect(refusalOf(() => decodeBody(Uint8Array.of(0x22, 0xff, 0x22))).details.check).toBe('BDY-01');
  });
});
