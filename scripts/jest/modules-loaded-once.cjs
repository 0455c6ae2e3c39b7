// Loads the product and its packages once a worker, and each test file anew. Jest would load some 500 modules
// again for each of 300 files, and run them cold each time: a good third of the whole run.
//
// What the product keeps in module scope is therefore shared by test files, as it is by the shops of one file.
const { sep } = require('node:path');
const Runtime = require('jest-runtime').default;

/** What loads the product, by sandbox; it outlives the files. */
const products = new WeakMap();

/** Each file's own: they hold its tests and its expectations. */
const OF_JEST = new Set(['@jest/globals', '@jest/expect', 'expect']);

module.exports = class ModulesLoadedOnce extends Runtime {
  constructor(...args) {
    super(...args);
    const [config, environment] = args;
    this.tests = `${config.rootDir}${sep}test${sep}`;
    if (!products.has(environment)) {
      products.set(environment, new Runtime(...args.with(4, new Map())));
    }
    this.product = products.get(environment);
  }

  requireModuleOrMock(from, name) {
    const isShared =
      !OF_JEST.has(name) &&
      !this._resolution.isCoreModule(name) &&
      !this._resolution.resolveCjs(from, name).startsWith(this.tests);
    return isShared
      ? this.product.requireModuleOrMock(from, name)
      : super.requireModuleOrMock(from, name);
  }
};
