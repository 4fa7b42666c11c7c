import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findBinaries, usableBinaries, type Binaries } from '../src/binaries.node.js';
import { asRoot, newFolder, query, removeFolder, start } from './setting.js';

const NOBODY = { uid: 65_534, gid: 65_534, name: 'nobody' };
const found = findBinaries();
const packaged = found.package === undefined ? undefined : { bin: found.bin, package: found.package };
const withPackage = packaged === undefined ? describe.skip : describe;
let folder: string;

beforeEach(() => {
  folder = newFolder();
  mkdirSync(folder);
});
afterEach(() => {
  removeFolder(folder);
});

/** The package as npm leaves it when install scripts are blocked: without its links. */
function packageWithoutLinks(binaries: Required<Binaries>): Required<Binaries> {
  const root = join(folder, 'package');
  cpSync(binaries.package.root, root, { recursive: true, verbatimSymlinks: true });
  const libraries = join(root, 'native', 'lib');
  for (const entry of readdirSync(libraries, { withFileTypes: true }))
    if (entry.isSymbolicLink()) rmSync(join(libraries, entry.name));
  return { bin: join(root, 'native', 'bin'), package: { root, version: binaries.package.version } };
}

function version(bin: string): string {
  return spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout;
}

withPackage('binaries of the npm package', () => {
  it('run after the links that a blocked install script left out are made', () => {
    const binaries = packageWithoutLinks(packaged!);
    expect(version(binaries.bin)).toBe('');
    expect(usableBinaries(binaries, undefined, folder)).toBe(binaries.bin);
    expect(version(binaries.bin)).toContain('PostgreSQL');
  });

  it('are copied whole when the account cannot read them', () => {
    const binaries = packageWithoutLinks(packaged!);
    chmodSync(binaries.package.root, 0o700);
    const bin = usableBinaries(binaries, NOBODY, folder);
    expect(bin.startsWith(join(folder, 'postgresql-'))).toBe(true);
    expect(version(bin)).toContain('PostgreSQL');
    expect(usableBinaries(binaries, NOBODY, folder)).toBe(bin);
    if (asRoot)
      expect(
        spawnSync(join(bin, 'postgres'), ['--version'], { uid: NOBODY.uid, gid: NOBODY.gid, cwd: '/' }).status,
      ).toBe(0);
  });
});

describe('without the npm package', () => {
  it('says what to do when there is no PostgreSQL at all', () => {
    if (existsSync('/usr/lib/postgresql')) return;
    expect(() => findBinaries('/nowhere', false)).toThrow('install PostgreSQL');
  });

  const system = existsSync('/usr/lib/postgresql') ? it : it.skip;
  system('uses the PostgreSQL of the machine', async () => {
    const binaries = findBinaries('/nowhere', false);
    const database = await start(join(folder, 'data'), { binaries: binaries.bin });
    try {
      const [row] = await query(database.adminUrl, 'SHOW data_checksums');
      expect(row).toEqual({ data_checksums: 'on' });
    } finally {
      await database.stop();
    }
  });
});
