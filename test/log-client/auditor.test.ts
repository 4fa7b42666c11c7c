import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DemoCommunity, foundedDemo } from '../../apps/cli/test/demo-community.js';

let community: DemoCommunity;
let folder: string;
let record: string;

beforeAll(async () => {
  community = await foundedDemo();
  folder = await mkdtemp(join(tmpdir(), 'liaison-auditor-'));
  const sent = await as('bg', 'send', '--to', 'hu', '--classification', 'RESTRICTED', '--subject', 'Камион', '--json');
  record = (sent.json()['record'] as { id: string }).id;
  await as('hu', 'read', record, '--purpose', 'Case 12/2026');
  expect((await as('hu', 'channels')).exitCode).toBe(0);
  await sleep(1500);
}, 240_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await community.end();
});

const as = (who: string, ...argv: string[]) => community.run(['--as', who, ...argv]);
const entries = (who: string, ...argv: string[]) =>
  as(who, 'log', 'entries', '--purpose', 'Request of the person, 7/2026', ...argv);

interface Shown {
  readonly index: number;
  readonly entry: { readonly type: string; readonly actor: string; readonly [member: string]: unknown };
}
const shown = async (who: string, ...argv: string[]) =>
  (await entries(who, ...argv, '--json')).json()['entries'] as Shown[];

describe('an auditor', () => {
  it('is certified once, and joins nothing', async () => {
    expect((await community.run(['demo', 'auditor', 'hu'])).text).toContain('hu:auditor:audit-1 is certified');
    expect((await community.run(['demo', 'auditor', 'hu', '--json'])).json()).toMatchObject({ already: true });
    expect((await community.run(['demo', 'auditor', 'xx'])).exitCode).toBe(3);
    expect((await as('hu-auditor', 'channels', '--json')).json()).toEqual({ channels: [] });
    expect((await as('hu-auditor', 'read', record)).exitCode).toBe(3);
  });

  it('sees by person what an officer of its contact point did, in plain words', async () => {
    const { text } = await entries('hu-auditor', '--person', 'hu:kovacs');
    expect(text).toMatch(/hu:kovacs:desk-1\n +opened a record \(consultation\): record .*; because: Case 12\/2026/);
    expect(text).toMatch(/the hub, by rule\n +records were delivered \(disclosure\): channel .* to hu:kovacs:desk-1/);
    expect(text).not.toContain('Камион');
    expect((await shown('hu-auditor', '--person', 'bg:petrova:desk-1', '--limit', '500')).length).toBeGreaterThan(0);
  });

  it('sees by record what became of it', async () => {
    const types = (await shown('hu-auditor', '--record', record)).map(({ entry }) => entry.type);
    expect(types).toEqual(expect.arrayContaining(['record.stored', 'record.opened']));
  });

  it('sees nothing of what is no business of its contact point', async () => {
    await community.run(['demo', 'auditor', 'fr']);
    const ofRecord = await shown('fr-auditor', '--record', record);
    expect(ofRecord.map(({ entry }) => [entry.type, entry.actor])).toEqual([['log.read', 'fr:auditor:audit-1']]);
    const ofBg = await shown('fr-auditor', '--person', 'bg:petrova', '--limit', '500');
    expect(ofBg.filter(({ entry }) => entry.type.startsWith('session.'))).toEqual([]);
  });

  it('goes through a period page by page, and misses nothing', async () => {
    const all = await shown('hu-auditor', '--since', '2020-01-01T00:00:00.000Z', '--limit', '100000');
    const found: number[] = [];
    for (let from = 0; found.length < all.length;) {
      const page = (await entries('hu-auditor', '--from', String(from), '--limit', '7', '--json')).json();
      found.push(...(page['entries'] as Shown[]).map(({ index }) => index));
      if (page['next'] === null) break;
      from = page['next'] as number;
    }
    expect(found.slice(0, all.length)).toEqual(all.map(({ index }) => index));
  });

  it('is itself in the log: who read it, what they asked, and why', async () => {
    const reads = (await shown('hu-auditor', '--person', 'hu:auditor', '--limit', '500')).filter(
      ({ entry }) => entry.type === 'log.read',
    );
    expect(reads.map(({ entry }) => entry)).toContainEqual(
      expect.objectContaining({
        actor: 'hu:auditor:audit-1',
        purpose: 'Request of the person, 7/2026',
        details: { person: 'hu:kovacs' },
      }),
    );
    expect(reads.filter(({ entry }) => (entry['subject'] as { record?: string }).record === record)).toHaveLength(1);
  });

  it('is told how to ask', async () => {
    expect((await as('hu-auditor', 'log', 'entries')).exitCode).toBe(2);
    expect((await entries('hu-auditor', '--person', 'Kovács')).exitCode).toBe(2);
    expect((await entries('hu-auditor', '--since', 'yesterday')).exitCode).toBe(2);
  });
});

describe('an export', () => {
  it('is in the log, for each record, with the authority and the reason', async () => {
    const bundle = join(folder, 'bundle');
    const why = ['--authority', 'Fővárosi Törvényszék', '--purpose', 'Case 9/2026'];
    expect((await as('hu', 'log', 'export', bundle, '--record', record)).exitCode).toBe(2);
    expect((await as('hu', 'log', 'export', bundle, '--record', record, ...why)).exitCode).toBe(0);
    const exported = (await shown('hu-auditor', '--record', record)).filter(
      ({ entry }) => entry.type === 'record.exported',
    );
    expect(exported.map(({ entry }) => entry)).toEqual([
      expect.objectContaining({ actor: 'hu:kovacs:desk-1', authority: 'Fővárosi Törvényszék', purpose: 'Case 9/2026' }),
    ]);
  });
});

describe('a copy of the log', () => {
  const copy = () => join(folder, 'copy');
  const verify = () => community.run(['log', 'verify', copy(), '--policy', join(copy(), 'policy.txt')]);

  it('verifies without hub and profile', async () => {
    const { exitCode, text } = await as('hu-auditor', 'log', 'copy', copy(), '--witnesses', '0');
    expect([exitCode, text]).toEqual([0, expect.stringMatching(/^\d+ entries in .*, \d+ files fetched/)]);
    const verified = await verify();
    expect(verified.text).toMatch(/^tiles +holds /m);
    expect(verified.exitCode).toBe(0);
  });

  it('grows to what the hub has now, and keeps the checkpoints that it had', async () => {
    const before = await readFile(join(copy(), 'checkpoint'), 'utf8');
    await as('bg', 'send', '--to', 'hu', '--classification', 'RESTRICTED', '--subject', 'Втори');
    await sleep(1500);
    expect((await as('hu-auditor', 'log', 'copy', copy(), '--witnesses', '0')).exitCode).toBe(0);
    expect(await readFile(join(copy(), 'checkpoint'), 'utf8')).not.toBe(before);
    expect((await verify()).exitCode).toBe(0);
  });

  it('does not verify where a tile was changed, and is not overwritten by another log', async () => {
    const tile = join(copy(), 'tile', '1', '000.p', '1');
    const first = await readFile(tile).catch(() => undefined);
    const size = Number((await readFile(join(copy(), 'checkpoint'), 'utf8')).split('\n')[1]);
    const path = first === undefined ? join(copy(), 'tile', '0', `000.p`, String(size)) : tile;
    const good = await readFile(path);
    await writeFile(path, Buffer.from(good).fill(0, 0, 1));
    expect((await verify()).exitCode).toBe(7);
    await writeFile(path, good);
    const note = await readFile(join(copy(), 'checkpoint'), 'utf8');
    await writeFile(join(copy(), 'checkpoint'), note.replace(`\n${size}\n`, `\n${size + 1}\n`));
    expect((await as('hu-auditor', 'log', 'copy', copy(), '--witnesses', '0')).exitCode).toBe(7);
  });
});
