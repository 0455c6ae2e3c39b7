import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const BOOKS = readFileSync(join(__dirname, 'books-of-2026-11.sql'), 'utf8');

/** Books of a shop from before the first release, with rows in every table. */
export function makeOldBooks(file: string): void {
  const db = new Database(file);
  db.pragma('foreign_keys = off'); // tables come in the order they were made, their rows with them
  db.exec(BOOKS);
  db.close();
}
