module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  randomize: true,
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
