/**
 * Everything that must hold before a commit:  npm test            all steps
 *                                            npm test -- libs/x  the tests of one path (arguments go to jest)
 * All steps run even when one fails. The last line counts the tests, and each failed step before them as one failure;
 * files that failed beside others and passed alone are counted as unsteady (libs/testing/jest/runner.mjs).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const jestArguments = process.argv.slice(2);
const cache = join(root, 'node_modules/.cache');

/** What lives briefly is collected more rarely, which makes the checkers a tenth faster. */
const ROOM = ['--max-semi-space-size=64'];

const build = { name: 'build', program: 'scripts/bootstrap.mjs', args: ['--quiet'] };
const typesAndLint = { name: 'types, lint', program: 'scripts/types-and-lint.mjs', args: [] };
const boundaries = {
  name: 'boundaries',
  program: 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
  args: ['apps', 'libs', 'migrations', 'test', '--config', '.dependency-cruiser.mjs'],
};
const unused = { name: 'unused code', program: 'node_modules/knip/bin/knip.js', args: ['--no-progress'] };
const format = {
  name: 'format',
  program: 'node_modules/prettier/bin/prettier.cjs',
  args: [
    '.',
    '--check',
    '--log-level=warn',
    '--cache',
    '--cache-strategy=content',
    `--cache-location=${cache}/prettier`,
  ],
};

async function main() {
  const isPart = jestArguments.length > 0;
  const built = await lane(build);
  // Beside the tests: they wait for a process or a clock now and then, and what they leave of two cores is used.
  const checking = isPart ? [] : lane(typesAndLint, boundaries, unused, format);
  const tests = await runJest();
  const failed = [...built, ...(await checking)];
  const counts = [`${tests.passed} passed`, `${tests.failed + failed.filter(Boolean).length} failed`];
  if (tests.skipped > 0) counts.push(`${tests.skipped} skipped`);
  if (tests.unsteady > 0) counts.push(`${tests.unsteady} unsteady`);
  process.exitCode = failed.some(Boolean) || tests.exitCode !== 0 ? 1 : 0;
  process.stderr.write('\n');
  await new Promise((written) => process.stdout.write(`${counts.join(', ')}\n`, written));
}

async function lane(...steps) {
  const failed = [];
  for (const one of steps) failed.push(await step(one));
  return failed;
}

/** @returns whether it failed. */
async function step({ name, program, args }) {
  const started = performance.now();
  const { code, output } = await run(process.execPath, [...ROOM, join(root, program), ...args], { cwd: root });
  report(name, code === 0, started);
  if (code !== 0) process.stderr.write(`${output.trimEnd()}\n`);
  return code !== 0;
}

async function runJest() {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-test-'));
  const resultFile = join(folder, 'results.json');
  const started = performance.now();
  try {
    const unsteadyFile = join(folder, 'unsteady');
    writeFileSync(unsteadyFile, '');
    const exitCode = await jest(resultFile, unsteadyFile);
    const results = readResults(resultFile);
    report('tests', exitCode === 0, started);
    return { ...results, unsteady: readFileSync(unsteadyFile, 'utf8').split('\n').length - 1, exitCode };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function jest(resultFile, unsteadyFile) {
  // One more than there are cores: some tests wait for a process or a clock.
  const workers = availableParallelism() + 1;
  const args = ['--json', `--outputFile=${resultFile}`, `--maxWorkers=${workers}`, ...jestArguments];
  return new Promise((settle) => {
    const child = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, LIAISON_TEST_UNSTEADY: unsteadyFile },
    });
    child.once('error', () => settle(127));
    child.once('exit', (code) => settle(code ?? 128));
  });
}

/** A test file that could not run at all counts as one failure; so does a jest that left no results. */
function readResults(file) {
  try {
    const results = JSON.parse(readFileSync(file, 'utf8'));
    return {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function report(name, passed, started) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${seconds} s\n`);
}

await main();
