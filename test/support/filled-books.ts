import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makeEmptyBooks } from './empty-books';

const ROWS = readFileSync(join(__dirname, 'rows-of-a-shop.sql'), 'utf8');

/** Books of a shop, with rows in every table. */
export async function makeFilledBooks(file: string): Promise<void> {
  await makeEmptyBooks(file);
  const db = new Database(file);
  db.exec(ROWS);
  db.close();
}
