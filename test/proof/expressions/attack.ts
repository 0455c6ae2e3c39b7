import fc from 'fast-check';
import { runs } from '../../support/program/run-counts';

/** Texts made to keep a regular expression busy, and how long it takes over them. */

/** Close together where an exponential one begins to hurt; up to what one page or row of a router may bring. */
const LENGTHS = [
  ...Array.from({ length: 20 }, (_, n) => 16 + 4 * n),
  ...[128, 256, 512, 1_024, 4_096, 32_768],
];
/** ms of CPU for so many characters; what takes time in proportion needs a hundredth of it. */
const enough = (length: number) => 5 + length / 1_000;
const [EXAMPLES, LONGEST_EXAMPLE] = [runs(4, 1), 20];
const NEVER = ['\0', '\n', ''];
/** For expressions of which no example can be made. */
const USUAL = [' ', 'a', '0', '-', '.', ',', '"', '\\', '/', ':', '=', '\n', '%', '<'];

/** @returns a text that takes it more than in proportion, shortened; `undefined` when none was found */
export function slowText(expression: RegExp): string | undefined {
  const plain = tried(expression);
  for (const { before, pumped, after } of texts(plain)) {
    const text = (length: number) => before + pumped.repeat(length / pumped.length) + after;
    const length = LENGTHS.find((one) => isSlow(plain, text, one));
    if (length !== undefined) return `${JSON.stringify([before, pumped, after])} x ${length}`;
  }
  return undefined;
}

/** From the first place of the text on; one that is sticky is tried there alone. */
function tried({ source, flags, sticky }: RegExp): RegExp {
  return new RegExp(sticky ? `^(?:${source})` : source, flags.replaceAll(/[gy]/g, ''));
}

/**
 * Slow, and slow again: what interrupts us does not come each time. The clock on the wall, which is asked for less
 * than it takes to ask for the time of the processor, finds most of them fast.
 */
function isSlow(expression: RegExp, text: (length: number) => string, length: number): boolean {
  const made = text(length);
  const begun = performance.now();
  expression.exec(made);
  if (performance.now() - begun < enough(length)) return false;
  return [1, 2, 3].every(() => cpuMs(expression, text(length)) > enough(length));
}

function cpuMs(expression: RegExp, text: string): number {
  const before = process.cpuUsage();
  expression.exec(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

interface Pumped {
  before: string;
  pumped: string;
  after: string;
}

/** Texts that match up to some place, then a piece of themselves again and again, then what never fits. */
function texts(expression: RegExp): Pumped[] {
  const made = examples(expression).flatMap((example) =>
    Array.from({ length: example.length }, (_, at) =>
      [1, 2, 3].map((width) => ({ before: example.slice(0, at), pumped: example.slice(at, at + width) })),
    ).flat(),
  ); // prettier-ignore
  const usual = USUAL.map((pumped) => ({ before: '', pumped }));
  const all = [...made, ...usual].flatMap((one) => NEVER.map((after) => ({ ...one, after })));
  const different = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  // A long beginning alone keeps an exponential one busy for hours.
  return different.sort((one, other) => one.before.length - other.before.length);
}

/** Texts that match. */
function examples(expression: RegExp): string[] {
  try {
    const made = fc.sample(fc.stringMatching(expression), { numRuns: EXAMPLES, seed: 1 });
    return made.map((text) => text.slice(0, LONGEST_EXAMPLE));
  } catch {
    return []; // one with a part that fast-check cannot make
  }
}
