import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MovableClock, startHub, type TestHub } from '#liaison/testing';
import { liaison } from '../../apps/cli/test/capture.js';

const DAY = 24 * 60 * 60 * 1000;
const clock = new MovableClock();
let hub: TestHub;
let folder: string;
let record: string;

beforeAll(async () => {
  hub = await startHub({ clock });
  folder = await mkdtemp(join(tmpdir(), 'liaison-retention-'));
  clock.advance(12_000);
  expect((await run('demo', 'found')).exitCode).toBe(0);
  const channel = ['--with', 'hu', '--title', 'Closed case', '--review-days', '1'];
  expect((await as('bg', 'channel', 'create', ...channel)).exitCode).toBe(0);
  const draft = ['--channel', 'Closed case', '--classification', 'RESTRICTED', '--subject', 'Камион към Калотина'];
  record = ((await as('bg', 'send', ...draft, '--json')).json()['record'] as { id: string }).id;
  expect((await as('hu', 'read', record)).text).toContain('Камион към Калотина');
  await sleep(1_500);
}, 240_000);
afterAll(async () => {
  await hub.stop();
  await rm(folder, { recursive: true, force: true });
});

function run(...argv: string[]) {
  // Sign-ins of all desks come from one address.
  clock.advance(2_000);
  return liaison(argv, { clock, variables: { LIAISON_DATA: folder, LIAISON_HUB: hub.url } });
}
const as = (who: string, ...argv: string[]) => run('--as', who, ...argv);

describe('liaison retention', () => {
  it('knows of nothing that is due, and erases nothing, before the time', async () => {
    expect((await as('bg', 'retention', 'due')).text).toBe('No review is due.');
    const early = await as('bg', 'retention', 'erase', record, '--purpose', 'Too early');
    expect([early.exitCode, early.text]).toEqual([4, expect.stringContaining('its review is not due yet. [RET-04]')]);
  });

  it('lists what is due, and who may decide', async () => {
    clock.advance(2 * DAY);
    const due = async (who: string) => (await as(who, 'retention', 'due', '--json')).json()['due'];
    expect(await due('bg')).toEqual([expect.objectContaining({ id: record, mayErase: true })]);
    expect(await due('hu')).toEqual([expect.objectContaining({ id: record, mayErase: false })]);
    expect((await as('bg', 'retention', 'due')).text).toContain('Камион към Калотина');
  });

  it('asks for a reason, and for what is meant', async () => {
    expect((await as('bg', 'retention', 'erase', record)).exitCode).toBe(2);
    expect((await as('bg', 'retention', 'erase', '--purpose', 'Review')).exitCode).toBe(2);
    expect((await as('bg', 'retention', 'erase', record, '--all-due', '--purpose', 'Review')).exitCode).toBe(2);
  });

  it('has all that is due erased; what is left is shown, proved and exported on both sides', async () => {
    const erased = await as('bg', 'retention', 'erase', '--all-due', '--purpose', 'Case 12/2026 is closed');
    expect([erased.exitCode, erased.text]).toEqual([0, expect.stringMatching(/^erased +.*, entry \d+ of the log\.$/)]);
    await sleep(1_500);
    for (const who of ['bg', 'hu']) {
      const { text } = await as(who, 'read', record);
      expect(text).toMatch(/Erased by retention on .* by bg:petrova:desk-1: Case 12\/2026 is closed/);
      expect(text).toMatch(/^In the log: proved, entry \d+ of \d+/m);
      expect(text).not.toContain('Калотина');
      expect((await as(who, 'inbox')).text).not.toContain('Калотина');
      expect((await as(who, 'log', 'verify', '--record', record, '--witnesses', '0')).exitCode).toBe(0);
      expect((await as(who, 'alarms', '--json')).json()).toMatchObject({ alarms: [] });
    }
    const bundle = join(folder, 'bundle');
    const why = ['--authority', 'Sofia City Court', '--purpose', 'Case 12/2026', '--witnesses', '0'];
    expect((await as('hu', 'log', 'export', bundle, '--record', record, ...why)).exitCode).toBe(0);
    expect(await readFile(join(bundle, 'README.txt'), 'utf8')).toContain(record);
    expect(execFileSync(process.execPath, [join(bundle, 'verify.mjs')], { encoding: 'utf8' })).toContain(
      'Everything in this folder holds.',
    );
  });
});
