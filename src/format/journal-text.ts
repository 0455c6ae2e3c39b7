import type { TieFault } from '../domain/money/journal-ties';

/** Where the books are not as the money journal has them, in a sentence. */
export function differenceText({ what, how, journal, books }: TieFault): string {
  if (how === 'removed') return `${what} is missing; the journal has ${journal}`;
  if (how === 'not in the journal') return `${what} of ${books} is not in the journal`;
  return `${what} was changed from ${journal} to ${books}`;
}
