/** The build: TypeScript to dist/ when sources changed; outputs whose source is gone are removed. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { COMPILER } from './compiler.mjs';

/** As in tsconfig.build.json. */
const SOURCES = ['apps', 'libs', 'migrations', 'test/load'];
const SETTINGS = ['package.json', 'scripts/compiler.mjs', 'node_modules/.liaison-stamp'];
const IS_BUILT = /^(apps\/[^/]+\/src|libs\/[^/]+\/src|migrations|test\/load)\/.*(?<!\.d|\.test)\.ts$/;
/** What sources import beside themselves. */
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
  // Loaded late: a fresh clone has no compiler before its dependencies are installed.
  const { transform } = await import('@swc/core');
  await Promise.all(sources.map((source) => compile(root, source, transform)));
  for (const file of dataFiles(root)) cpSync(join(root, file), join(root, 'dist', file));
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stampPath(root), fingerprint);
}

/** Types are a question of `npm run typecheck`; who only wants to start it is spared the answer. */
async function compile(root, source, transform) {
  const output = join(root, outputOf(source));
  const sourceFileName = relative(dirname(outputOf(source)), source).replaceAll('\\', '/');
  const text = await readFile(join(root, source), 'utf8');
  const settings = { ...COMPILER, filename: source, sourceFileName, sourceMaps: true, inlineSourcesContent: false };
  const { code, map } = await transform(text, settings).catch((error) => {
    throw new Error(`The build failed:\n${error.message}\nCorrect this, then run the command again.`);
  });
  mkdirSync(dirname(output), { recursive: true });
  await writeFile(`${output}.map`, map);
  await writeFile(output, `${code}//# sourceMappingURL=${basename(output)}.map\n`);
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
