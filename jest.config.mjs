/** Test files run in plain Node.js processes: see libs/testing/jest/runner.mjs. */
export default {
  runner: '<rootDir>/libs/testing/jest/runner.mjs',
  testMatch: ['<rootDir>/{apps,libs,test}/**/*.test.ts'],
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
  globalSetup: '<rootDir>/libs/testing/jest/setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/jest/teardown.mjs',
  testTimeout: 60_000,
};
