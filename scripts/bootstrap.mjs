/**
 * Makes a fresh clone runnable, and a warm one in no time: node scripts/bootstrap.mjs [--quiet] [--install-only]
 * Needs Node and nothing else. Exit code 0: dependencies are those of the lock file, patched, and dist/ is built from the sources.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const quiet = process.argv.includes('--quiet');
const installOnly = process.argv.includes('--install-only');

let saidOnce = false;

/** Quiet, one line alone: somebody waits for what they asked for, a minute where the clone is fresh. */
function say(line) {
  if (quiet && saidOnce) return;
  saidOnce = true;
  process.stderr.write(quiet ? `Making Liaison ready; the first time this takes a minute ...\n` : `${line}\n`);
}

function nodeIsTooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

async function makeReady() {
  // Imported late: an old Node shall reach the version check.
  const { isInstalled, install } = await import('./install.mjs');
  const { outdated, build } = await import('./build.mjs');
  const isReady = () => isInstalled(root) && (installOnly || outdated(root) === undefined);
  if (isReady()) return;
  const { exclusively } = await import('./lock.mjs');
  await exclusively(
    join(root, 'dist/.lock'),
    () => say('Waiting for another run of this script ...'),
    async () => {
      if (!isInstalled(root)) await install(root, say);
      if (!installOnly && outdated(root) !== undefined) await build(root, say);
    },
  );
}

if (nodeIsTooOld()) {
  process.stderr.write(`Liaison needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  try {
    await makeReady();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
