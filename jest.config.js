const { availableParallelism } = require('node:os');

module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  randomize: true,
  // More than there are cores: a good part of the tests waits, for a browser, a terminal or another process.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testSequencer: '<rootDir>/scripts/long-files-first.cjs',
  errorOnDeprecated: true,
  // A slow or busy machine is no fault of the code; what hangs is found all the same.
  testTimeout: 30_000,
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      },
    ],
  },
  // Packages that come as ES modules alone; all others load as they are.
  transformIgnorePatterns: [
    '/node_modules/(?!(@inquirer|inquirer|fast-(wrap-ansi|string-width|string-truncated-width))/)',
  ],
};
