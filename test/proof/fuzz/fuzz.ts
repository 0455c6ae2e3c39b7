import fc from 'fast-check';

/** Something that must hold for every input, and how many of all inputs it gets. */
export interface FuzzProperty {
  name: string;
  /** Beside the others: 10 gets ten times as many inputs as 1. */
  share: number;
  check(runs: { numRuns: number; seed: number }): Promise<FuzzOutcome>;
}

interface FuzzOutcome {
  inputs: number;
  /** What failed, with the smallest input; empty when nothing did. */
  failure: string;
}

export interface FuzzFigures extends FuzzOutcome {
  name: string;
  seconds: number;
}

/** @param holds throws when it does not hold for this input */
export function property<T>(
  name: string,
  share: number,
  input: fc.Arbitrary<T>,
  holds: (input: T) => void,
): FuzzProperty {
  const run = fc.property(input, holds);
  return { name, share, check: (runs) => Promise.resolve(outcome(fc.check(run, runs))) };
}

/** The same for what takes its time: a page, say. */
export function slowProperty<T>(
  name: string,
  share: number,
  input: fc.Arbitrary<T>,
  holds: (input: T) => Promise<void>,
): FuzzProperty {
  const run = fc.asyncProperty(input, holds);
  return { name, share, check: async (runs) => outcome(await fc.check(run, runs)) };
}

function outcome<T>(details: fc.RunDetails<T>): FuzzOutcome {
  const failure = details.failed ? (fc.defaultReportMessage(details) ?? 'failed') : '';
  return { inputs: details.numRuns, failure };
}

/** Runs every property, with about `count` inputs in all. @param seed the same gives the same inputs */
export async function* fuzz(
  properties: readonly FuzzProperty[],
  count: number,
  seed: number,
): AsyncGenerator<FuzzFigures> {
  const shares = properties.reduce((sum, { share }) => sum + share, 0);
  for (const one of properties) {
    const began = performance.now();
    const found = await one.check({ numRuns: Math.ceil((count * one.share) / shares), seed });
    yield { name: one.name, ...found, seconds: Math.round((performance.now() - began) / 100) / 10 };
  }
}
