import { pathToFileURL } from 'node:url';
import { jestExpect } from '@jest/expect';
import { createEmptyTestResult } from '@jest/test-result';
import { configureGlobal } from 'fast-check';
import { addEventHandler, getState, resetState, run } from 'jest-circus';
import { formatExecError, formatResultsErrors } from 'jest-message-util';

const seed = process.env.LIAISON_TEST_SEED ?? '20';
configureGlobal({ seed: seed === 'random' ? Date.now() : Number(seed) });

/** What jest names the root of a file's blocks. */
const ROOT = 'ROOT_DESCRIBE_BLOCK';

addEventHandler((event) => {
  if (event.name === 'test_done')
    event.test.errors.push(...jestExpect.extractExpectedAssertionsErrors().map(({ error }) => error));
});
for (const name of ['uncaughtException', 'unhandledRejection'])
  process.on(name, (error) => getState().unhandledErrors.push(error));

/**
 * Runs one test file in this process, with jest's own `describe`, `it` and `expect`.
 * @param pattern runs only tests whose full name it matches; all where it is empty.
 * @returns jest's TestResult.
 */
export async function runTestFile(path, config, pattern) {
  const start = Date.now();
  resetState();
  const state = getState();
  state.testTimeout = config.testTimeout ?? 5000;
  state.testNamePattern = pattern ? new RegExp(pattern, 'i') : null;
  await import(pathToFileURL(path).href);
  const { testResults, unhandledErrors } = await run();
  const end = Date.now();
  const results = testResults.map(assertionOf);
  const broken = unhandledErrors.join('\n');
  const slow = end - start > (config.slowTestThreshold ?? 5) * 1000;
  const failures = formatResultsErrors(results, config, {}, path) ?? '';
  return {
    ...createEmptyTestResult(),
    failureMessage: broken === '' ? failures || null : `${failures}\n${formatExecError(broken, config, {}, path)}`,
    ...(broken !== '' && { testExecError: { message: '', stack: broken } }),
    numFailingTests: results.filter(({ status }) => status === 'failed').length,
    numPassingTests: results.filter(({ status }) => status === 'passed').length,
    numPendingTests: results.filter(({ status }) => status === 'pending').length,
    perfStats: { ...createEmptyTestResult().perfStats, start, end, runtime: end - start, slow },
    testFilePath: path,
    testResults: results,
  };
}

function assertionOf({ status, testPath, duration, errors, invocations, numPassingAsserts }) {
  const names = testPath.filter((name) => name !== ROOT);
  return {
    ancestorTitles: names.slice(0, -1),
    duration,
    failureDetails: [],
    failureMessages: errors,
    fullName: names.join(' '),
    invocations,
    location: null,
    numPassingAsserts,
    status: status === 'skip' ? 'pending' : errors.length > 0 ? 'failed' : 'passed',
    title: names.at(-1),
  };
}
