/** Set by `npm run test:long`. */
const isLong = process.env.LONG_RUNS !== undefined;

/** How much of a test that could go on for ever is done: `usual` in `npm test`, which nobody should have to wait for. */
export function runs(long: number, usual: number): number {
  return isLong ? long : usual;
}

/** For a property that is tried on too few cases to find all there is: the same ones each time in `npm test`. */
export function sameEachTime(seed: number): { seed?: number } {
  return isLong ? {} : { seed };
}

/**
 * Cases of one kind: all of them in the long run. In `npm test` it is so many, spread evenly from the first one to the
 * last, the same each time: what is new there must not fail by what was there before.
 */
export function some<T>(cases: readonly T[], usual: number): T[] {
  if (isLong || usual >= cases.length) return [...cases];
  const step = (cases.length - 1) / Math.max(1, usual - 1);
  return Array.from({ length: usual }, (_, n) => cases[Math.round(n * step)]!);
}

/** Of the long run alone; another test of the same file does the like in `npm test`. */
export const longTest = (isLong ? test : leftOut()) as typeof test;

function leftOut() {
  return Object.assign(() => undefined, { each: () => () => undefined });
}
