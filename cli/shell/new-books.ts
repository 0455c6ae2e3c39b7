import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DatabaseConfig } from '../../src/config';

/**
 * What to say when opening this database makes a new one beside others: somebody who forgot DATABASE_URL
 * looks for vouchers in books that were made this moment. To be asked before it is opened.
 */
export function newBooksBesideOthers(database: DatabaseConfig): string | undefined {
  if (database.kind !== 'sqlite' || database.file === ':memory:') return undefined;
  const { file } = database;
  const folder = dirname(file);
  if (existsSync(file) || !existsSync(folder)) return undefined;
  const other = readdirSync(resolve(folder)).find((name) => name.endsWith('.db'));
  if (other === undefined) return undefined;
  return `There was no ${file}, so a new, empty database was made. To use ${join(folder, other)}, set DATABASE_URL=sqlite:${join(folder, other)}.`;
}
