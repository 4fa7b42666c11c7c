import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reachHub } from '#liaison/client.node';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { utf8 } from '#liaison/protocol';
import { decodeLogEntry, decodeTlogProof, decodeWitnessPolicy, namesRecord, verifyReceiptProof } from '#liaison/tlog';
import { type DemoCommunity, foundedDemo } from '../../apps/cli/test/demo-community.js';
import { runConnector } from '../../apps/connector/src/run-connector.js';

let community: DemoCommunity;
let folder: string;
let record: string;

beforeAll(async () => {
  community = await foundedDemo();
  folder = await mkdtemp(join(tmpdir(), 'liaison-export-'));
  const sent = await asBg(
    ...['send', '--to', 'hu', '--classification', 'RESTRICTED', '--subject', 'Камион към Калотина', '--json'],
  );
  record = (sent.json()['record'] as { id: string }).id;
  // The hub signs at least once a second.
  await sleep(1500);
  // Ten countries are founded first: on a busy machine that takes its time.
}, 240_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await community.end();
});

const COURT = ['--authority', 'Sofia City Court', '--purpose', 'Case 12/2026'];
const asBg = (...argv: string[]) => community.run(['--as', 'bg', ...argv]);
const asHu = (...argv: string[]) => community.run(['--as', 'hu', ...argv]);

/** One round of a contact point's connector, as its own process would run it. */
async function connector(id: string, ...argv: string[]) {
  const lines: string[] = [];
  const exitCode = await runConnector(
    ['witness', join(community.dataFolder, 'demo', `connector-${id}`), '--once', '--hub', community.hub.url, ...argv],
    {
      clock: systemClock,
      random: systemRandom,
      transport: reachHub,
      line: (text) => void lines.push(text),
      wait: () => Promise.resolve(),
      stop: new AbortController().signal,
    },
  );
  return { exitCode, lines };
}

/** As a court would: another process, nothing of ours but the folder. */
function runVerifier(bundle: string, ...argv: string[]): Promise<{ readonly exitCode: number; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(bundle, 'verify.mjs'), ...argv], { cwd: tmpdir(), env: {} }, (error, text) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), text });
    });
  });
}

describe('before there are witnesses', () => {
  it('says plainly that nobody has witnessed the log, and ends with 7', async () => {
    const { exitCode, json } = await asBg('log', 'verify', '--json');
    expect(json()['verdicts']).toContainEqual(expect.objectContaining({ question: 'witnesses', check: 'LOG-06' }));
    expect(exitCode).toBe(7);
  });

  it('holds for who asks for none', async () => {
    const { exitCode, text } = await asBg('log', 'verify', '--witnesses', '0');
    expect(text).toMatch(/^witnesses +not asked +None of 3 witnesses is asked for: that others were shown/m);
    expect(text).toMatch(/^growth +holds +It only grew since this reader saw \d+ entries/m);
    expect(text).toMatch(/^tiles +holds .* are of others/m);
    expect(text).toMatch(/^gaps +holds /m);
    expect(exitCode).toBe(0);
  });

  it('reads with a proof, in one line', async () => {
    const { text } = await asHu('read', record);
    expect(text).toMatch(/^In the log: proved, entry \d+ of \d+, not witnessed yet\.$/m);
    expect((await asBg('read', record)).text).toMatch(/^In the log: proved, /m);
  });
});

describe('with two witnesses of three', () => {
  beforeAll(async () => {
    for (const id of ['bg', 'hu']) {
      const { exitCode, lines } = await connector(id);
      expect(lines).toEqual([expect.stringMatching(/^Cosigned \d+ entries\.$/)]);
      expect(exitCode).toBe(0);
    }
  });

  it('the quorum is met', async () => {
    const { exitCode, text } = await asBg('log', 'verify');
    expect(text).toMatch(/^witnesses +holds +demo-community\/witness\/bg, demo-community\/witness\/hu cosigned/m);
    expect(text).toMatch(/^This log holds\.$/m);
    expect(exitCode).toBe(0);
  });

  it('a receipt is verified, by the first characters of its id', async () => {
    const { exitCode, json } = await asHu('log', 'verify', '--record', record.slice(0, 20), '--json');
    expect(json()).toMatchObject({ holds: true, entry: { type: 'record.stored', actor: 'bg:petrova:desk-1' } });
    expect(exitCode).toBe(0);
  });

  it('a connector that finds nothing new says so; one without its profile is a misuse', async () => {
    await connector('bg');
    expect(await connector('bg')).toEqual({ exitCode: 0, lines: ['Nothing new to witness.'] });
    expect((await connector('fr')).exitCode).toBe(2);
  });

  it('a connector whose memory is damaged does not sign', async () => {
    const state = join(community.dataFolder, 'demo', 'connector-hu', 'witness-state.json');
    const good = await readFile(state, 'utf8');
    await writeFile(state, good.slice(0, 40));
    expect(await connector('hu')).toMatchObject({ exitCode: 2, lines: [expect.stringContaining('is damaged')] });
    await writeFile(state, good);
  });
});

describe('an export for a court', () => {
  let bundle: string;
  beforeAll(async () => {
    bundle = join(folder, 'bundle');
    const { exitCode, remarks } = await asBg('log', 'export', bundle, '--record', record, ...COURT);
    expect([exitCode, remarks]).toEqual([0, '']);
  });

  it('verifies with nothing but Node', async () => {
    const { exitCode, text } = await runVerifier(bundle);
    expect(text).toMatch(/^holds {2}checkpoint: \d+ entries of 127\.0\.0\.1:\d+\/v1\/log, signed by the log$/m);
    expect(text).toMatch(/cosigned by demo-community\/witness\/bg, demo-community\/witness\/hu$/m);
    expect(text).toMatch(/^holds {2}record [0-9a-f.-]{73}: signed by its sender, and the one that the log holds$/m);
    expect(text).toMatch(/^Everything in this folder holds\.$/m);
    expect(exitCode).toBe(0);
  });

  it('says the same as libs/tlog', async () => {
    const policy = decodeWitnessPolicy(await readFile(join(bundle, 'policy.txt'), 'utf8'));
    for (const file of await readdir(join(bundle, 'tlog-proofs'))) {
      const proof = decodeTlogProof(await readFile(join(bundle, 'tlog-proofs', file), 'utf8'));
      expect(verifyReceiptProof({ proof, policy })).toMatchObject({ outcome: 'ok' });
      expect(namesRecord(decodeLogEntry(utf8(proof.entry)), record)).toBe(true);
    }
  });

  it('holds no content', async () => {
    for (const file of await readdir(bundle, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain('Калотина');
    }
  });

  it.each([
    ['an entry', 'proofs', (text: string) => text.replace('bg:petrova', 'bg:ivanova')],
    [
      'a place',
      'proofs',
      (text: string) => text.replace(/"index": (\d+)/, (_, index: string) => `"index": ${Number(index) + 1}`),
    ],
    ['the name of an act', 'proofs', (text: string) => text.replace('record.stored', 'channel.titled')],
    ['a header', 'records', (text: string) => text.replace('routine', 'urgent')],
    [
      'a signature',
      'records',
      (text: string) =>
        text.replace(/("signature": ")(.)/, (_, head: string, first: string) => head + (first === 'A' ? 'B' : 'A')),
    ],
    ['the roster', 'roster.json', (text: string) => text.replace('active', 'absent')],
    [
      'the checkpoint',
      'checkpoint',
      (text: string) => text.replace(/\n(\d+)\n/, (_, size: string) => `\n${Number(size) + 1}\n`),
    ],
  ])('with %s changed does not verify', async (what, path, change) => {
    const changed = join(folder, what.replaceAll(' ', '-'));
    await cp(bundle, changed, { recursive: true });
    const files = await readdir(join(changed, path)).catch(() => undefined);
    const file = files === undefined ? join(changed, path) : join(changed, path, files[0] ?? '');
    const text = await readFile(file, 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(file, change(text));
    const { exitCode, text: said } = await runVerifier(changed);
    expect(said).toContain('FAILS');
    expect(exitCode).toBe(7);
  });

  it('does not verify under a policy that asks for three witnesses', async () => {
    const strict = join(folder, 'strict.txt');
    await writeFile(
      strict,
      (await readFile(join(bundle, 'policy.txt'), 'utf8')).replace('group quorum 2', 'group quorum 3'),
    );
    expect((await runVerifier(bundle, '--policy', strict)).exitCode).toBe(7);
  });

  it('is made of a channel, and of a time', async () => {
    // Only what the witnesses have cosigned is exported: the acknowledgement may be younger than that.
    await sleep(1500);
    for (const witness of ['bg', 'hu']) await connector(witness);
    const byChannel = await asBg(
      'log',
      'export',
      join(folder, 'channel'),
      '--channel',
      'Bulgaria - Hungary',
      ...COURT,
      '--json',
    );
    // Its title, the alert, and that Budapest has read it.
    expect(byChannel.json()).toMatchObject({ records: 3 });
    expect((await runVerifier(join(folder, 'channel'))).exitCode).toBe(0);
    const since = new Date(Date.now() - 3600_000).toISOString();
    const byTime = await asHu('log', 'export', join(folder, 'time'), '--since', since, ...COURT, '--json');
    expect(byTime.exitCode).toBe(0);
    expect((await runVerifier(join(folder, 'time'))).exitCode).toBe(0);
  });

  it('is not mixed with what lies in the folder already', async () => {
    expect((await asBg('log', 'export', bundle, '--record', record, ...COURT)).exitCode).toBe(2);
  });

  it('leaves out what its originator has not released for proceedings (H1), and says so', async () => {
    const h1 = ['--handling', 'H1', '--subject', 'Not for court', '--json'];
    const sent = await asBg('send', '--to', 'hu', '--classification', 'RESTRICTED', ...h1);
    const { id } = sent.json()['record'] as { id: string };
    await asHu('sync');
    await sleep(1500);
    for (const witness of ['bg', 'hu', 'iq']) await connector(witness);
    const held = await asHu('log', 'export', join(folder, 'held'), '--record', id, ...COURT, '--json');
    expect(held.json()).toMatchObject({ records: 0, withheld: 1 });
    const readme = await readFile(join(folder, 'held', 'README.txt'), 'utf8');
    expect(readme).toContain(`${id}: H1: not in judicial proceedings without the consent of bg.`);
    expect((await runVerifier(join(folder, 'held'))).exitCode).toBe(0);
    const given = ['--act', 'proceedings', '--for', 'hu', '--reason', 'For case 12'];
    expect(await asBg('consent', 'give', id, ...given)).toMatchObject({ exitCode: 0 });
    await asHu('sync');
    const released = await asHu('log', 'export', join(folder, 'released'), '--record', id, ...COURT, '--json');
    expect(released.json()).toMatchObject({ records: 1, withheld: 0 });
    const acts = await asBg('log', 'entries', '--record', id, '--purpose', 'What became of it?');
    expect(acts.text).toMatch(
      /gave consent \(alteration\): record .*; about record .*that hu\s+may\s+use it in proceedings/s,
    );
    const withdrawn = await asBg('withdraw', id, '--reason', 'The wrong person');
    expect(withdrawn.exitCode).toBe(0);
    await sleep(1500);
    for (const witness of ['bg', 'hu', 'iq']) await connector(witness);
    const all = await asBg('log', 'export', join(folder, 'all'), '--channel', 'Bulgaria - Hungary', ...COURT, '--json');
    expect(all.exitCode).toBe(0);
    const proofs = await Promise.all(
      (await readdir(join(folder, 'all', 'proofs'))).map((file) =>
        readFile(join(folder, 'all', 'proofs', file), 'utf8'),
      ),
    );
    for (const type of ['record.withdrawn', 'consent.given', 'channel.titled', 'record.acknowledged']) {
      expect(proofs.filter((proof) => proof.includes(`\\"type\\":\\"${type}\\"`))).toHaveLength(1);
    }
    const { exitCode, text } = await runVerifier(join(folder, 'all'));
    expect([exitCode, text]).toEqual([0, expect.stringContaining('Everything in this folder holds.')]);
  });
});
