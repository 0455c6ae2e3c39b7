/** Set by `npm run test:long`. */
const isLong = process.env.LONG_RUNS !== undefined;

/** How much of a test that could go on for ever is done: `usual` in `npm test`, which nobody should have to wait for. */
export function runs(long: number, usual: number): number {
  return isLong ? long : usual;
}
