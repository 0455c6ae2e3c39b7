import { existsSync } from 'node:fs';
import type { Knex } from 'knex';
import { makeEmptyBooks, openEmptyBooks } from './empty-books';
import { giveBack, onPostgres, takeBooks } from './postgres/books';

/** The books of one program in a test. */
export interface TestBooks {
  url: string;
  /** Where they are open already. */
  db?: Knex;
  /** Makes them quicker than a shop may have them. */
  hurry(db: Knex): Promise<void>;
  /** After the program has closed them. */
  giveBack(): Promise<void>;
}

const nothing = () => Promise.resolve();

/** @param file that has them where they outlast the program; on PostgreSQL only a name for them */
export async function takeTestBooks(file: string | undefined): Promise<TestBooks> {
  if (onPostgres) return file === undefined ? oneTime() : lasting(file);
  if (file === undefined) {
    return {
      url: 'sqlite::memory:',
      db: await openEmptyBooks(),
      hurry: nothing,
      giveBack: nothing,
    };
  }
  if (!existsSync(file)) await makeEmptyBooks(file);
  return { url: `sqlite:${file}`, hurry: withoutDisk, giveBack: nothing };
}

/** No test cuts the power, and waiting for the disk is half of what a round on a file takes. */
async function withoutDisk(db: Knex): Promise<void> {
  await db.raw('pragma synchronous = off');
}

async function oneTime(): Promise<TestBooks> {
  const url = await takeBooks();
  return { url, hurry: nothing, giveBack: () => giveBack(url) };
}

const kept = new Map<string, Promise<string>>();

afterAll(async () => {
  for (const url of kept.values()) await giveBack(await url);
  kept.clear();
});

async function lasting(name: string): Promise<TestBooks> {
  const taken = kept.get(name) ?? takeBooks();
  kept.set(name, taken);
  return { url: await taken, hurry: nothing, giveBack: nothing };
}
