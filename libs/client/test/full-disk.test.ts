import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOADER = './libs/testing/jest/typescript.mjs';
/** Of util-linux: without it there is no disk to fill. */
const hasLimits = spawnSync('prlimit', ['--version']).status === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'liaison-full-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fill(fits: number): unknown {
  const argv = [
    '--conditions=liaison-source',
    '--import',
    LOADER,
    'libs/client/test/full-disk.mjs',
    folder,
    String(fits),
  ];
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' }));
}

describe('a store on a full disk', () => {
  (hasLimits ? it : it.skip).each([
    ['nothing', 0],
    ['a part', 10_000],
  ])('STO-03: says so where %s of a change fits, keeps what it had, and goes on once there is room', (_, fits) => {
    expect(fill(fits)).toEqual({ check: 'STO-03', kept: ['before', 'after'] });
  });
});
