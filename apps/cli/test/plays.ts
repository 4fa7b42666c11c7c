import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

const SCENARIOS = join(import.meta.dirname, '../../../scenarios');

/** Plays these scenarios at a hub of their own; together the files that call it play all. */
export function plays(files: readonly string[]): void {
  let community: DemoCommunity;
  beforeAll(async () => {
    community = await foundedDemo();
  });
  afterAll(() => community.end());

  describe('liaison demo', () => {
    it.each(files)('plays %s, and everybody reads exactly what was sent', async (file) => {
      const transcript = await community.run(['demo', join(SCENARIOS, file), '--json']);
      expect(transcript.remarks).toBe('');
      expect(transcript.exitCode).toBe(0);
      expect(transcript.json()).toMatchObject({ identical: true });
    });
  });
}
