import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '../../..');

/** The built command line and the built hub, as somebody runs them who has just cloned the repository. */
async function liaisonProcess(argv: readonly string[], folder: string) {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: folder };
  const child = spawn(process.execPath, ['dist/apps/cli/src/main.js', ...argv], { cwd: ROOT, env });
  const [output, remarks] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, output, remarks };
}

describe('liaison demo --fresh', () => {
  it('starts a hub, founds a community, plays, and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'liaison-fresh-'));
    const { exitCode, output, remarks } = await liaisonProcess(['demo', '--fresh', '--json'], folder);
    expect(`${exitCode} ${exitCode === 0 ? '' : remarks}`).toBe('0 ');
    expect(JSON.parse(output)).toMatchObject({ identical: true, records: [{ read: { length: 5 } }] });
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe('the built command line', () => {
  it('ends with the documented exit codes', async () => {
    expect(await liaisonProcess(['--help'], tmpdir())).toMatchObject({ exitCode: 0 });
    expect(await liaisonProcess(['gossip'], tmpdir())).toMatchObject({ exitCode: 2 });
    expect(await liaisonProcess(['--profile', '/nowhere', 'inbox'], '/tmp')).toMatchObject({ exitCode: 3 });
  });
});
