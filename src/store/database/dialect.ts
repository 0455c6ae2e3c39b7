import type { Knex } from 'knex';
import { Conflict } from '../../errors';

/** What differs between the two databases, and is needed where a statement is written. */

export function isPostgres(db: Knex): boolean {
  return (db.client as { dialect: string }).dialect === 'postgresql';
}

/** The rows of a raw answer, which the two drivers return differently. */
export function rowsIn<T>(db: Knex, answer: unknown): T[] {
  return (isPostgres(db) ? (answer as { rows: T[] }).rows : answer) as T[];
}

/** The function that makes a JSON list of its arguments. */
export function jsonArray(db: Knex): string {
  return isPostgres(db) ? 'json_build_array' : 'json_array';
}

/** Foreign keys are checked when the transaction ends: tables reference each other. */
export async function checkReferencesLast(transaction: Knex): Promise<void> {
  await transaction.raw(
    isPostgres(transaction) ? 'set constraints all deferred' : 'pragma defer_foreign_keys = on',
  );
}

/** Runs `work`; a duplicate row becomes a Conflict with this message. */
export async function orConflict<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) throw new Conflict(message, { cause: error });
    throw error;
  }
}

function isUniqueViolation(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === '23505' || (code === 'SQLITE_CONSTRAINT' && /unique/i.test(message ?? ''));
}
