/** What lies beside the books and says which shop they are of, and how far they had come. */
export interface BooksMark {
  /** Of the shop, whatever copies of its books there are. */
  shop: string;
  /** Steps of the schema that are done. */
  steps: number;
  /** How many rows were ever numbered: it only grows. */
  revision: number;
  /** ISO 8601. */
  at: string;
}

/** What is found of it in the books; without a shop where they are older than any mark. */
export type FoundBooks =
  'missing' | 'empty' | (Omit<BooksMark, 'shop' | 'at'> & { shop: string | undefined });

/** Why books are not those of the shop that was here. */
export type LossOfBooks = 'missing' | 'empty' | 'another shop' | 'older';

/** @param mark `undefined` where nothing is known of a shop */
export function lossOf(mark: BooksMark | undefined, found: FoundBooks): LossOfBooks | undefined {
  if (!mark) return undefined;
  if (found === 'missing' || found === 'empty') return found;
  if (found.shop !== undefined && found.shop !== mark.shop) return 'another shop';
  // A step may take numbered rows away: only books of the same step can be compared by them.
  const isOlder =
    found.steps < mark.steps || (found.steps === mark.steps && found.revision < mark.revision);
  return isOlder || found.shop === undefined ? 'older' : undefined;
}
