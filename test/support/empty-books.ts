import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { Knex } from 'knex';
import { connect, openDatabase } from '../../src/store/database/database';

/**
 * Books with all tables and nothing in them, as copies of a file that is made once: making the
 * tables takes several times as long, and more than a thousand tests begin with them.
 */

const MIGRATIONS = resolve(__dirname, '../../migrations');

/** In memory. */
export async function openEmptyBooks(): Promise<Knex> {
  bytes ??= readFileSync(await template());
  return connect(bytes);
}

export async function makeEmptyBooks(file: string): Promise<void> {
  copyFileSync(await template(), file);
}

/** @returns what makes such books at once; for a hook that runs before all tests of a file */
export async function emptyBooksAtHand(): Promise<(file: string) => void> {
  const made = await template();
  return (file) => copyFileSync(made, file);
}

let bytes: Uint8Array | undefined;
let known: string | undefined;

/** The file to copy. It is named after what the migrations are, so that other migrations make another. */
async function template(): Promise<string> {
  known ??= join(tmpdir(), `pisonet-empty-books-${userInfo().uid}-${migrationsHash()}.db`);
  if (!existsSync(known)) await makeTemplate(known);
  return known;
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  const names = readdirSync(MIGRATIONS, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((one) => one.endsWith('.ts')).sort()) {
    hash.update(`${name}\0`).update(readFileSync(join(MIGRATIONS, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Appears whole, whoever else makes it at the same time. */
async function makeTemplate(file: string): Promise<void> {
  const partial = `${file}.${randomUUID()}`;
  const db = await openDatabase(':memory:');
  await db.raw('vacuum into ?', [partial]);
  await db.destroy();
  renameSync(partial, file);
}
