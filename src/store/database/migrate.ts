import type { Knex } from 'knex';
import { booksTrouble } from '../../errors';
import { FIRST_STEP, STEPS } from '../../../migrations';

const nothing = () => undefined;

/** Errors are thrown; knex would also print them, into the output of a command. */
export const SILENT: Knex.Logger = {
  warn: nothing,
  error: nothing,
  debug: nothing,
  deprecate: nothing,
};

/**
 * Knex would write even if there is nothing to do, and wait for other writers.
 * @throws Error for an unfinished copy, and for books of another version that this one could spoil
 */
export async function isUpToDate(db: Knex): Promise<boolean> {
  const done = await stepsDone(db);
  const copy = unfinishedIn(done);
  if (copy !== undefined) {
    throw new Error(`it holds an unfinished copy of ${copy}. Run "database copy" again`);
  }
  const strange = strangeSteps(done);
  if (strange.length > 0 && !done.includes(FIRST_STEP)) {
    throw new Error(
      'a trial version from before the first release made it, and this version cannot read it. Go on with ' +
        'that version, or set DATABASE_URL to a new database. Nothing was changed',
    );
  }
  if (strange.length > 0) {
    throw new Error(
      `a later version of this program made it (${strange.join(', ')}). Install that version again, or ` +
        'restore a backup from before it. Nothing was changed',
    );
  }
  return done.length === Object.keys(STEPS).length;
}

/** @returns those of the steps that this version does not know */
export function strangeSteps(done: readonly string[]): string[] {
  return done.filter((name) => !Object.hasOwn(STEPS, name));
}

/** Names of the steps these books went through; none where they are not begun. */
export async function stepsDone(db: Knex): Promise<string[]> {
  return db<{ name: string }>('knex_migrations')
    .pluck('name')
    .catch((error: unknown) => {
      if (booksTrouble(error)?.trouble === 'damaged') throw error; // these are not new ones
      return [];
    });
}

/** Stands among the steps while a copy of other books is made here, so that nobody works with half of them. */
const UNFINISHED = 'unfinished copy of ';

/** Of which books an unfinished copy is here. */
export async function unfinishedCopy(db: Knex): Promise<string | undefined> {
  return unfinishedIn(await stepsDone(db));
}

export async function beginCopy(db: Knex, source: string): Promise<void> {
  const mark = { name: UNFINISHED + source, batch: 0, migration_time: new Date() };
  await db('knex_migrations').insert(mark);
}

export async function endCopy(db: Knex): Promise<void> {
  await db('knex_migrations').whereLike('name', `${UNFINISHED}%`).delete();
}

function unfinishedIn(steps: readonly string[]): string | undefined {
  return steps.find((name) => name.startsWith(UNFINISHED))?.slice(UNFINISHED.length);
}
