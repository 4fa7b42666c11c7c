import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MovableClock, startHub, type TestHub } from '#liaison/testing';
import { liaison, type Transcript } from './capture.js';

const DAY = 24 * 60 * 60 * 1000;
const clock = new MovableClock();
let hub: TestHub;
let folder: string;
let record: string;
const here = (...path: string[]) => join(folder, ...path);
const demo = (...path: string[]) => here('demo', ...path);
const WHY = ['--reason', 'All devices lost', '--authority', 'Sofia City Court, order 118/2027', '--yes'];

beforeAll(async () => {
  hub = await startHub({ clock });
  folder = await mkdtemp(join(tmpdir(), 'liaison-custody-'));
  clock.advance(12_000);
  must(await run('demo', 'found'));
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
function must(transcript: Transcript): Transcript {
  expect([transcript.exitCode, transcript.remarks]).toEqual([0, expect.any(String)]);
  return transcript;
}

/** The roster's next version, signed by both co-chairs of the demo. */
async function publishNext(...change: string[]): Promise<void> {
  const [before, draft, next] = [demo('ceremony', 'roster.json'), here('draft.json'), here('roster-2.json')];
  const secret = ['--passphrase-file', demo('passphrase')];
  must(await run('ceremony', 'revise', before, ...change, '--out', draft));
  const signatures: string[] = [];
  for (const id of ['bg', 'iq']) {
    const key = ['--key', demo('ceremony', `co-chair-${id}.json`), '--after', before, '--yes', '--json', ...secret];
    signatures.push(String(must(await run('ceremony', 'sign', draft, ...key)).json()['file']));
  }
  must(await run('ceremony', 'merge', draft, ...signatures, '--after', before, '--out', next));
  must(await run('ceremony', 'publish', next, '--yes'));
}

const share = (number: number) => here('shares', `share-${number}-of-3.txt`);
const offline = (...argv: string[]) => run('custody', ...argv, '--roster', here('roster-2.json'), '--witnesses', '0');

describe('liaison custody', () => {
  it('is founded as shares alone, and comes into the roster by a ceremony', async () => {
    const ca = ['--ca', demo('ceremony', 'authority-bg.json'), '--ca-passphrase-file', demo('passphrase')];
    const out = ['--shares', '3', '--needed', '2', '--out', here('shares')];
    const found = must(await run('custody', 'found', here('custody.json'), ...ca, ...out, '--yes'));
    expect(found.text).toMatch(/3 shares of the custody key [0-9a-f]{16} of bg/);
    expect((await readFile(here('shares', 'share-1-of-3.html'), 'utf8')).includes('custody key')).toBe(true);
    expect(must(await run('ceremony', 'show', here('custody.json'))).text).toContain(
      'Custody key of the contact point bg',
    );
    await publishNext('--custody-key', here('custody.json'));
  });

  it('takes a contact point that lost everything from a request to a bundle that verifies by itself', async () => {
    must(await as('hu', 'channel', 'create', '--with', 'bg', '--title', 'Custody', '--review-days', '1'));
    const draft = ['--channel', 'Custody', '--classification', 'RESTRICTED', '--subject', 'Камион към Калотина'];
    record = (must(await as('hu', 'send', ...draft, '--json')).json()['record'] as { id: string }).id;
    must(await as('bg', 'read', record));
    must(await as('bg', 'inbox'));
    await rm(demo('bg', 'store'), { recursive: true });
    expect(must(await as('bg', 'custody', 'list')).text).toContain(record);
    const asked = must(await as('bg', 'custody', 'open', '--records', record, ...WHY, '--json')).json();
    const { id } = asked['opening'] as { id: string };
    await sleep(1_500);
    must(await as('bg', 'custody', 'collect', id, here('material.json'), '--witnesses', '0'));
    const shown = must(await as('hu', 'custody', 'openings')).text;
    expect(shown).toContain('Sofia City Court, order 118/2027');
    const rehearsed = must(await offline('rehearse', here('material.json'), share(1), share(3)));
    expect(rehearsed.text).toContain(`opened    ${record}`);
    expect(rehearsed.text).not.toContain('Калотина');
    const few = await offline('disclose', here('material.json'), here('bundle'), share(1), '--yes');
    expect([few.exitCode, few.remarks]).toEqual([2, expect.stringContaining('SHR-02')]);
    must(await offline('disclose', here('material.json'), here('bundle'), share(2), share(3), '--yes'));
    const [file = ''] = await readdir(here('bundle', 'content'));
    const content = await readFile(here('bundle', 'content', file), 'utf8');
    expect(content).toContain('Камион към Калотина');
    const verify = () => spawnSync(process.execPath, [here('bundle', 'verify.mjs')], { encoding: 'utf8' });
    const first = verify();
    expect([first.stdout, first.status]).toEqual([expect.stringContaining('Everything in this folder holds.'), 0]);
    await writeFile(here('bundle', 'content', file), content.replace('Калотина', 'Капитан Андреево'));
    expect(verify()).toMatchObject({ status: 7, stdout: expect.stringMatching(/^FAILS {2}content/m) });
  });
});

describe('liaison hold and retention certificate', () => {
  it('keeps a record until it is lifted, and then shows an erasure that anybody can verify', async () => {
    const hold = ['--records', record, '--reason', 'Case 17/2026', '--authority', 'Budapest Court', '--yes', '--json'];
    const { id } = must(await as('hu', 'hold', 'place', ...hold)).json()['hold'] as { id: string };
    clock.advance(2 * DAY);
    const erase = () => as('hu', 'retention', 'erase', record, '--purpose', 'Case closed');
    expect((await erase()).text).toContain('a legal hold covers it');
    expect(must(await as('hu', 'hold', 'list')).text).toContain('Budapest Court');
    must(await as('hu', 'hold', 'lift', id, '--reason', 'The court has decided', '--yes'));
    expect(must(await as('hu', 'hold', 'list')).text).toBe('No hold is in force.');
    expect(must(await erase()).text).toMatch(/^erased/);
    await sleep(1_500);
    const why = ['--authority', 'Data protection authority', '--purpose', 'Article 17', '--witnesses', '0'];
    must(await as('hu', 'retention', 'certificate', record, here('certificate'), ...why));
    expect(await readFile(here('certificate', 'certificate.html'), 'utf8')).toContain('Case closed');
    const verified = execFileSync(process.execPath, [here('certificate', 'verify.mjs')], { encoding: 'utf8' });
    expect(verified).toContain('Everything in this folder holds.');
  });
});
