/** The build: TypeScript to dist/ when sources changed; outputs whose source is gone are removed. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from './run.mjs';

/** As in tsconfig.build.json. */
const SOURCES = ['apps', 'libs', 'migrations', 'test/load'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'node_modules/.liaison-stamp'];
const IS_BUILT = /^(apps\/[^/]+\/src|libs\/[^/]+\/src|migrations|test\/load)\/.*(?<!\.d|\.test)\.ts$/;
/** What sources import beside themselves: the compiler copies it. */
const IS_DATA = /^libs\/templates\/(catalogue|codes|labels|mappings)\/[^/]+(?<!\.notes)\.json$/;

/** @returns the fingerprint to stamp when dist/ is out of date, else undefined. */
export function outdated(root) {
  const sources = sourceFiles(root);
  const fingerprint = fingerprintOf(root, sources);
  if (readStamp(root) !== fingerprint) return fingerprint;
  return outputsMissing(root, sources) ? fingerprint : undefined;
}

/** @throws Error with the compiler's messages. */
export async function build(root, say) {
  const sources = sourceFiles(root);
  const fingerprint = fingerprintOf(root, sources);
  say('Building ...');
  removeStale(root, sources);
  // The compiler trusts its record and would not write again what somebody removed.
  if (outputsMissing(root, sources) && readStamp(root) !== undefined)
    rmSync(join(root, 'dist/.build.tsbuildinfo'), { force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  // Types are a question of `npm run typecheck`; who only wants to start it is spared the answer.
  const { code, output } = await run(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck'], {
    cwd: root,
  });
  if (code !== 0) throw new Error(`The build failed:\n${output.trim()}\nCorrect these, then run the command again.`);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stampPath(root), fingerprint);
}

function fingerprintOf(root, sources) {
  const hash = createHash('sha256');
  for (const file of [...sources, ...dataFiles(root), ...SETTINGS]) {
    const { mtimeMs, size } = statSync(join(root, file), { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 };
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

function sourceFiles(root) {
  return SOURCES.flatMap((folder) => filesIn(root, folder)).filter((file) => IS_BUILT.test(file));
}

function dataFiles(root) {
  return filesIn(root, 'libs/templates').filter((file) => IS_DATA.test(file));
}

function outputsMissing(root, sources) {
  const outputs = new Set(filesIn(root, 'dist'));
  return sources.some((source) => !outputs.has(outputOf(source)));
}

function removeStale(root, sources) {
  const wanted = new Set(sources.map(outputOf));
  for (const file of filesIn(root, 'dist')) {
    if (/\.js(\.map)?$/.test(file) && !wanted.has(file.replace(/\.map$/, ''))) rmSync(join(root, file));
  }
}

function outputOf(source) {
  return `dist/${source.replace(/\.ts$/, '.js')}`;
}

/** Paths from the root, with `/`. */
function filesIn(root, folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'));
}

function readStamp(root) {
  try {
    return readFileSync(stampPath(root), 'utf8');
  } catch {
    return undefined;
  }
}

function stampPath(root) {
  return join(root, 'dist/.liaison-stamp');
}
