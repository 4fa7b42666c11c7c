import { appendFileSync } from 'node:fs';
import { Worker } from 'jest-worker';

/** Sources are compiled as they are imported, found by their condition, and named in stack traces. */
const NODE_OPTIONS = [
  '--conditions=liaison-source',
  '--enable-source-maps',
  `--import=${new URL('./typescript.mjs', import.meta.url)}`,
  '--no-warnings',
  // What lives briefly is collected more rarely.
  '--max-semi-space-size=64',
];

/** Failures that are looked at again, at most. */
const FEW = 3;

/** The longest first, so that no worker is left with one of them while the other has nothing to do. */
const ORDER = ['/test/crash/', '/apps/cli/', '/test/', '/apps/', '/libs/'];

/**
 * A jest runner (https://jestjs.io/docs/configuration#runner-string) whose workers are plain Node.js processes. A module is loaded
 * and compiled once for a worker, not once for each test file, which about halves the cost of the whole run. In exchange the test
 * files of a worker share module state, and neither `jest.mock` nor snapshots are offered.
 */
export default class PlainNodeRunner {
  constructor(globalConfig) {
    this.globalConfig = globalConfig;
  }

  async runTests(tests, _watcher, onStart, onResult, onFailure) {
    const { maxWorkers } = this.globalConfig;
    const workers = this.#workers(maxWorkers);
    const queue = inOrder(tests).values();
    const again = [];
    const report = (test, result) => ('thrown' in result ? onFailure(test, result.thrown) : onResult(test, result));
    const lane = async () => {
      for (const test of queue) {
        await onStart(test);
        const result = await this.#attempt(workers, test);
        if (hasFailed(result) && mayRunAgain(test)) again.push({ test, result });
        else await report(test, result);
      }
    };
    await Promise.all(Array.from({ length: maxWorkers }, lane));
    await workers.end();
    // Many that fail have one cause, which is no matter of chance.
    const isChance = again.length <= FEW;
    for (const { test, result } of again) await report(test, isChance ? await this.#alone(test, result) : result);
  }

  #workers(numWorkers) {
    return new Worker(new URL('./worker.cjs', import.meta.url), {
      numWorkers,
      exposedMethods: ['runTestFile'],
      forkOptions: { stdio: 'inherit', execArgv: NODE_OPTIONS },
      // A worker that has grown to 2 GiB is replaced between two test files.
      idleMemoryLimit: 2 ** 31,
      maxRetries: 0,
    });
  }

  async #attempt(workers, test) {
    try {
      return await workers.runTestFile(test.path, test.context.config, this.globalConfig.testNamePattern);
    } catch ({ message, stack }) {
      return { thrown: { message, stack } };
    }
  }

  /** What failed beside others and passes alone is unsteady: said aloud with how it failed, and counted. */
  async #alone(test, first) {
    const workers = this.#workers(1);
    const second = await this.#attempt(workers, test);
    await workers.end();
    if (hasFailed(second)) return second;
    process.stderr.write(`UNSTEADY ${test.path}: failed beside others, passed alone.\n${failureOf(first)}\n`);
    const { LIAISON_TEST_UNSTEADY: list } = process.env;
    if (list !== undefined) appendFileSync(list, `${test.path}\n`);
    return second;
  }
}

function hasFailed(result) {
  return 'thrown' in result || result.numFailingTests > 0 || result.testExecError !== undefined;
}

function failureOf(result) {
  return 'thrown' in result ? result.thrown.stack : (result.failureMessage ?? '');
}

/** A record that is lost once in twenty crashes is lost: these have no second chance. */
function mayRunAgain({ path, context }) {
  return !path.slice(context.config.rootDir.length).startsWith('/test/crash/');
}

function inOrder(tests) {
  const rank = ({ path, context }) => {
    const name = path.slice(context.config.rootDir.length);
    return ORDER.findIndex((folder) => name.startsWith(folder));
  };
  return [...tests].sort((a, b) => rank(a) - rank(b));
}
