module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  randomize: true,
  errorOnDeprecated: true,
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
