import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Knex } from 'knex';

/** What a program found damaged in the books. It stays damaged, whatever other pages of the file still take. */
export interface BooksDamage {
  /** When it was found first, in ISO 8601. */
  at: string;
  /** SQLite's own words. */
  what: string;
  /** The owner went on with the books as they are. */
  isAccepted: boolean;
}

/** `data/pisonet.db` has it in `data/pisonet.db.damage`: the books themselves may not take it. */
function damageFile(books: string): string {
  return `${books}.damage`;
}

/** @returns `undefined` where no damage was found so far, or the note of it cannot be read */
export function readDamage(books: string): BooksDamage | undefined {
  try {
    const { at, what, isAccepted } = JSON.parse(
      readFileSync(damageFile(books), 'utf8'),
    ) as Partial<BooksDamage>;
    if (typeof at !== 'string') return undefined;
    return { at, what: String(what), isAccepted: isAccepted === true };
  } catch {
    return undefined;
  }
}

/** For later starts, and for other programs; what is noted already stays. */
export function noteDamage(books: string, what: string, at: Date): void {
  if (!readDamage(books)) write(books, { at: at.toISOString(), what, isAccepted: false });
}

/** @returns whether there was damage that nobody had accepted yet */
export function acceptDamage(books: string): boolean {
  const damage = readDamage(books);
  if (!damage || damage.isAccepted) return false;
  write(books, { ...damage, isAccepted: true });
  return true;
}

/** Of books that are whole, or that others take the place of. */
export function removeDamage(books: string): void {
  rmSync(damageFile(books), { force: true });
}

/**
 * Reads every page. A statement cannot be broken off, so it is one for each table first: the program may end between
 * two. Only the whole check after them sees pages of no table, and pages of two.
 * @param signal to give up; nothing is found then
 * @returns what is damaged first, in SQLite's words
 * @throws Error of the driver, where not even that can be told
 */
export async function damageIn(db: Knex, signal?: AbortSignal): Promise<string | undefined> {
  const tables = await db('sqlite_master').where({ type: 'table' }).select<Named[]>('name');
  for (const { name } of tables) {
    if (signal?.aborted) return undefined;
    const [found] = await db.raw<{ wrong: string }[]>(
      'select quick_check as wrong from pragma_quick_check(?)',
      [name],
    );
    if (found && found.wrong !== 'ok') return found.wrong;
  }
  if (signal?.aborted) return undefined;
  const [whole] = await db.raw<{ quick_check: string }[]>('pragma quick_check(1)');
  return whole && whole.quick_check !== 'ok' ? whole.quick_check : undefined;
}

interface Named {
  name: string;
}

function write(books: string, damage: BooksDamage): void {
  writeFileSync(damageFile(books), `${JSON.stringify(damage)}\n`, { mode: 0o600, flush: true });
}
