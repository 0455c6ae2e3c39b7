module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  randomize: true,
  // One less would halve the speed of the two cores a small machine has.
  maxWorkers: '100%',
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
  transformIgnorePatterns: [],
};
