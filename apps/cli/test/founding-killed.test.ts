import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type DemoCommunity, emptyHub } from './demo-community.js';

const PROGRAM = join(import.meta.dirname, '../../../dist/apps/cli/src/main.js');

let community: DemoCommunity;
beforeAll(async () => {
  community = await emptyHub();
});
afterAll(() => community.end());

/** The built command line as a process of its own, for it is to be killed. */
function found(): ChildProcess {
  const env = { PATH: process.env['PATH'], LIAISON_DATA: community.dataFolder, LIAISON_HUB: community.hub.url };
  return spawn(process.execPath, [PROGRAM, 'demo', 'found', '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('a founding that is killed', () => {
  it('is finished by the next one, however often', async () => {
    for (const [index, lines] of [3, 14, 24, 25, 28].entries()) await killedAfter(lines, index * 15);
    community.refill();
    const { exitCode, remarks } = await community.run(['demo', 'found']);
    expect(`${exitCode} ${exitCode === 0 ? '' : remarks}`).toBe('0 ');
    const { json } = await community.run(['--as', 'bg', 'channels', '--json']);
    const channels = json()['channels'] as Record<string, unknown>[];
    expect(channels.filter(({ title }) => title !== null)).toHaveLength(5);
    const sent = await community.run([
      '--as',
      'bg',
      'send',
      '--to',
      'hu',
      '--classification',
      'RESTRICTED',
      '--subject',
      'Still here',
    ]);
    expect(sent.exitCode).toBe(0);
    expect((await community.run(['--as', 'hu', 'inbox'])).text).toContain('Still here');
  }, 240_000);
});

let saidBefore = 0;

/** Kills it so many milliseconds after it has said so many lines in all, which is somewhere within the next step. */
async function killedAfter(lines: number, milliseconds: number): Promise<void> {
  community.refill();
  const child = found();
  let said = 0;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text.split('\n').length - 1;
    if (said >= Math.max(1, lines - saidBefore)) setTimeout(() => child.kill('SIGKILL'), milliseconds);
  });
  await once(child, 'close');
  saidBefore += said;
}
