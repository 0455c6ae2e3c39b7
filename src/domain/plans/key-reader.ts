import { InvalidInput } from '../../errors';
import { quoted } from '../units';
import { LONGEST_NAME, problem, type PlanProblem } from './plan';

/** Takes the known keys of an object one by one and collects what is wrong with them. */
export class KeyReader {
  constructor(
    private readonly values: Record<string, unknown>,
    known: readonly string[],
    private readonly prefix = '',
    readonly problems: PlanProblem[] = [],
  ) {
    for (const key of Object.keys(values)) {
      if (known.includes(key)) continue;
      const shown = /^\w{1,40}$/.test(key) ? key : quoted(key);
      this.refuse(shown, `is not a known key; did you mean ${prefix}${nearest(key, known)}?`);
    }
  }

  /** Empty text and `null` count as not given. */
  given(key: string): boolean {
    const value = this.values[key];
    return value !== undefined && value !== null && value !== '';
  }

  /**
   * `undefined` when the key is not given, or is bad and was noted as a problem.
   * @param needed why the key must be given; ends the sentence "… is missing; "
   */
  read<T>(key: string, parse: (typed: unknown) => T, needed?: string): T | undefined {
    if (!this.given(key)) {
      if (needed !== undefined) this.refuse(key, `is missing; ${needed}`);
      return undefined;
    }
    try {
      return parse(this.values[key]);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.refuse(key, error.message);
      return undefined;
    }
  }

  /** All of the keys or none: false when none is given, problems for those missing otherwise. */
  together(...keys: string[]): boolean {
    const present = keys.find((key) => this.given(key));
    if (present === undefined) return false;
    const names = keys.map((key) => this.prefix + key).join(', ');
    for (const key of keys) {
      if (!this.given(key)) this.refuse(key, `is missing; ${names} go together`);
    }
    return true;
  }

  refuse(key: string, message: string): void {
    this.problems.push(problem('error', this.prefix + key, message));
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The known key that is the fewest typing mistakes away from `key`. */
function nearest(key: string, known: readonly string[]): string {
  const typed = key.slice(0, LONGEST_NAME).toLowerCase();
  return known.reduce((best, one) => (mistakes(typed, one) < mistakes(typed, best) ? one : best));
}

/** Levenshtein distance: letters added, left out or changed. */
function mistakes(typed: string, meant: string): number {
  let row = Array.from({ length: meant.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...typed].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...meant].entries()) {
      const changed = row[column]! + (letter === other ? 0 : 1);
      next.push(Math.min(changed, row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row[meant.length]!;
}
