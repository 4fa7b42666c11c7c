import { describe, expect, it } from '@jest/globals';
import { dueTime } from '../src/due-time.js';

describe('the due time of a request', () => {
  it.each([
    ['urgent-direct', '2026-11-21T18:00:00.000Z', '2026-11-22T02:00:00.000Z'],
    ['urgent-indirect', '2026-02-26T18:00:00.000Z', '2026-03-01T18:00:00.000Z'],
    ['other', '2026-12-28T23:59:59.999Z', '2027-01-04T23:59:59.999Z'],
  ] as const)('of class %s is counted from when the hub received it', (name, storedAt, due) => {
    expect(new Date(dueTime({ profile: 'eu-2023-977', class: name }, storedAt)).toISOString()).toBe(due);
  });
});
