import { Worker } from 'jest-worker';

/** Sources are compiled as they are imported, found by their condition, and named in stack traces. */
const NODE_OPTIONS = [
  '--conditions=liaison-source',
  '--enable-source-maps',
  `--import=${new URL('./typescript.mjs', import.meta.url)}`,
  '--no-warnings',
];

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
    const { maxWorkers, testNamePattern } = this.globalConfig;
    const workers = new Worker(new URL('./worker.cjs', import.meta.url), {
      numWorkers: maxWorkers,
      exposedMethods: ['runTestFile'],
      forkOptions: { stdio: 'inherit', execArgv: NODE_OPTIONS },
      // A worker that has grown to 2 GiB is replaced between two test files.
      idleMemoryLimit: 2 ** 31,
      maxRetries: 0,
    });
    const queue = inOrder(tests).values();
    const lane = async () => {
      for (const test of queue) {
        await onStart(test);
        try {
          await onResult(test, await workers.runTestFile(test.path, test.context.config, testNamePattern));
        } catch ({ message, stack }) {
          await onFailure(test, { message, stack });
        }
      }
    };
    await Promise.all(Array.from({ length: maxWorkers }, lane));
    await workers.end();
  }
}

function inOrder(tests) {
  const rank = ({ path, context }) => {
    const name = path.slice(context.config.rootDir.length);
    return ORDER.findIndex((folder) => name.startsWith(folder));
  };
  return [...tests].sort((a, b) => rank(a) - rank(b));
}
