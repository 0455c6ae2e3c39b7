/**
 * For programs that use the shops of tests without jest, imported before all else: what a test does after
 * its file is done when the program has nothing left to do.
 */
Object.assign(globalThis, {
  afterAll: (work: () => unknown) => void process.once('beforeExit', () => void work()),
});
