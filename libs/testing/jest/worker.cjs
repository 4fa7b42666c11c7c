/** A worker of ./runner.mjs. jest-worker loads its workers with require. */
exports.runTestFile = async (...args) => (await import('./run-test-file.mjs')).runTestFile(...args);
