/** A sentence that changed something on the router. */
export interface Write {
  menu: string;
  command: string;
  words: readonly string[];
}

/**
 * Finds sentences that repeat what an earlier one wrote: someone did the same work twice.
 * @returns a function to call with the writes in order; it remembers the earlier ones
 */
export function findDoubles(): (writes: readonly Write[]) => string[] {
  /** What was last written to each row, by menu and id. */
  const told = new Map<string, Map<string, string>>();
  const gone = new Set<string>();
  return (writes) =>
    writes.flatMap(({ menu, command, words }) => {
      const values = attributes(words);
      const id = values.get('.id') ?? values.get('numbers') ?? '';
      const row = `${menu} ${id}`;
      const line = words.join(' ');
      if (command === 'remove') {
        if (gone.has(row)) return [line];
        gone.add(row);
        told.delete(row);
      } else if (command === 'set') {
        const before = told.get(row) ?? new Map<string, string>();
        values.delete('.id');
        const isNew = [...values].some(([name, value]) => before.get(name) !== value);
        told.set(row, new Map([...before, ...values]));
        if (!isNew) return [line];
      }
      return [];
    });
}

function attributes(words: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const word of words.slice(1)) {
    const divide = word.indexOf('=', 1);
    if (word.startsWith('=') && divide > 0)
      values.set(word.slice(1, divide), word.slice(divide + 1));
  }
  return values;
}
