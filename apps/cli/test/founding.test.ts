import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { emptyHub, type DemoCommunity } from './demo-community.js';

let community: DemoCommunity;
beforeAll(async () => {
  community = await emptyHub();
});
afterAll(() => community.end());

describe('liaison demo found', () => {
  it('founds ten contact points and seven channels on an empty folder and an empty hub', async () => {
    const transcript = await community.run(['demo', 'found', '--json']);
    expect(transcript.remarks).toContain('signed by 2 of 2');
    expect(transcript.exitCode).toBe(0);
    expect(transcript.json()).toMatchObject({ already: false, contactPoints: { length: 10 }, channels: { length: 7 } });
  });
});
