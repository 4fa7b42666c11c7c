import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

const folder = join(import.meta.dirname, '../../../scenarios');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

let community: DemoCommunity;
beforeAll(async () => {
  community = await foundedDemo();
});
afterAll(() => community.end());

describe('liaison demo', () => {
  it.each(files)('plays %s, and everybody reads exactly what was sent', async (file) => {
    const transcript = await community.run(['demo', join(folder, file)]);
    process.stdout.write(transcript.lines.join('\n') + '\n' + transcript.remarks + '\n');
    expect(transcript.exitCode).toBe(0);
  });
});
