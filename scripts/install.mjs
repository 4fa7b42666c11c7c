/** Dependencies: installed when they differ from the lock file, patched, and verified. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

/**
 * The stamp says for which lock file and patches node_modules was made, and the hash of every patched file.
 * @returns whether node_modules is as it must be.
 */
export function isInstalled(root) {
  const stamp = readStamp(root);
  if (stamp?.lock !== hashOf(join(root, 'package-lock.json'))) return false;
  return JSON.stringify(stamp.patches) === JSON.stringify(hashPatches(root)) && isPatched(root, stamp);
}

export async function install(root, say) {
  const stamp = readStamp(root);
  const patches = hashPatches(root);
  if (!matchesLock(root) || cannotRepatch(stamp, patches)) await reinstall(root, say);
  if (Object.keys(patches).length > 0 && !(await patch(root, say))) {
    // An older patch, or somebody's edit, is in the way.
    await reinstall(root, say);
    if (!(await patch(root, say)))
      throw new Error('A patch in patches/ does not fit the package it is for. Make it again with patch-package.');
  }
  const files = Object.fromEntries(patchedFiles(root).map((file) => [file, hashOf(join(root, file))]));
  writeFileSync(
    stampPath(root),
    JSON.stringify({ lock: hashOf(join(root, 'package-lock.json')), patches, files }, null, 2),
  );
}

/** Everything works without install scripts, so none of some 800 packages gets to run one. The compiler is needed whatever NODE_ENV says. */
async function reinstall(root, say) {
  say('Installing dependencies (npm ci), a minute or so ...');
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('npm-cli.js') ? [process.execPath, [npm]] : ['npm', []];
  const options = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await run(command, [...first, ...options], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  if (code !== 0)
    throw new Error(
      `npm ci failed:\n${output}\nCheck the network and the registry that npm uses, then run the command again.`,
    );
}

async function patch(root, say) {
  say('Applying patches ...');
  const { code, output } = await run(
    process.execPath,
    [join(root, 'node_modules/patch-package/index.js'), '--error-on-fail'],
    { cwd: root },
  );
  return code === 0 && !/\*\*ERROR\*\*|Failed to apply/.test(output);
}

/** A patch that is applied and has changed or gone needs the package as published. */
function cannotRepatch(stamp, patches) {
  return Object.entries(stamp?.patches ?? {}).some(([name, hash]) => patches[name] !== hash);
}

function isPatched(root, stamp) {
  return Object.entries(stamp.files).every(
    ([file, hash]) => existsSync(join(root, file)) && hashOf(join(root, file)) === hash,
  );
}

/** Whether npm's own record of what it put into node_modules agrees with the lock file: then somebody ran npm ci already. */
function matchesLock(root) {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const mayBeAbsent = (path, entry) => path === '' || entry.optional || entry.devOptional;
  const same = (one, other) => one.version === other.version && one.integrity === other.integrity;
  return (
    Object.entries(wanted).every(([path, entry]) =>
      installed[path] ? same(installed[path], entry) : mayBeAbsent(path, entry),
    ) && Object.keys(installed).every((path) => path in wanted)
  );
}

function hashPatches(root) {
  return Object.fromEntries(patchNames(root).map((name) => [name, hashOf(join(root, 'patches', name))]));
}

function patchedFiles(root) {
  return patchNames(root).flatMap((name) =>
    [...readFileSync(join(root, 'patches', name), 'utf8').matchAll(/^\+\+\+ b\/(.*)$/gm)].map((found) => found[1]),
  );
}

function patchNames(root) {
  const folder = join(root, 'patches');
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.patch'))
        .sort()
    : [];
}

function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampPath(root), 'utf8'));
  } catch {
    return undefined;
  }
}

function stampPath(root) {
  return join(root, 'node_modules/.liaison-stamp');
}

function hashOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
