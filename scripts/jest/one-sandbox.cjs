// The environment of all test files of a project in one worker: one sandbox, so that modules that are loaded
// once (modules-loaded-once.cjs) meet the same globals in each file. What a file left in the globals and in the
// environment's variables is put back at its end; Jest would throw the sandbox away instead.
const { TestEnvironment } = require('jest-environment-node');

/** By project: the tests on PostgreSQL have other variables. */
const sandboxes = new Map();

module.exports = class OneSandbox extends TestEnvironment {
  constructor(config, context) {
    const { id } = config.projectConfig;
    if (sandboxes.has(id)) return sandboxes.get(id);
    super(config, context);
    sandboxes.set(id, this);
    const { process } = this.global;
    this.fresh = {
      globals: Object.getOwnPropertyDescriptors(this.global),
      variables: { ...process.env },
      exit: process.exit,
    };
  }

  /** Besides what tests left, Jest itself leaves the state of the file that is over, by symbols. */
  async teardown() {
    const { globals, variables, exit } = this.fresh;
    for (const key of Reflect.ownKeys(this.global)) {
      const fresh = globals[key];
      if (!fresh) delete this.global[key];
      else if ('value' in fresh && this.global[key] !== fresh.value) {
        Object.defineProperty(this.global, key, fresh);
      }
    }
    const { process } = this.global;
    for (const name of Object.keys(process.env)) {
      if (!(name in variables)) delete process.env[name];
    }
    Object.assign(process.env, variables);
    process.exit = exit;
  }
};
