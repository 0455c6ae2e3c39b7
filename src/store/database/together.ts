import { AsyncLocalStorage } from 'node:async_hooks';
import type { Knex } from 'knex';
import { takeTurnToWrite } from './change-stamp';

/** What is under way for whoever asked for it. */
interface Joined {
  /** Unset once it is over: what was begun in it and goes on has the books as everybody has. */
  trx: Knex.Transaction | undefined;
  afterwards: (() => void)[];
}

const joined = new AsyncLocalStorage<Joined>();

/** The books, whose statements join the transaction that `together` began for whoever makes them. */
export function joining(db: Knex): Knex {
  const present = () => joined.getStore()?.trx ?? db;
  return new Proxy(db, {
    apply: (_books, _this, words: Parameters<Knex>) => present()(...words),
    get: (_books, name) => {
      const books = present();
      const value: unknown = Reflect.get(books, name);
      return typeof value === 'function' ? (value.bind(books) as unknown) : value;
    },
  });
}

/**
 * All that `work` does to the books is one transaction, though it takes several: all of it is stored, or nothing.
 * It must not wait for a loop or a router, which wait for the books.
 * @param db joining ones
 */
export async function together<T>(db: Knex, work: () => Promise<T>): Promise<T> {
  const state: Joined = { trx: undefined, afterwards: [] };
  const value = await db.transaction(async (trx) => {
    await takeTurnToWrite(trx);
    state.trx = trx;
    try {
      return await joined.run(state, work);
    } finally {
      state.trx = undefined;
    }
  });
  // Part of another one, it waits for that one's end too.
  for (const act of state.afterwards) afterwards(act);
  return value;
}

/** Whether what is done now is part of a transaction that goes on after it. */
export function isTogether(): boolean {
  return joined.getStore()?.trx !== undefined;
}

/** At once, or after what is under way `together`: before that, nobody else sees it. */
export function afterwards(act: () => void): void {
  const state = joined.getStore();
  if (state?.trx) state.afterwards.push(act);
  else act();
}
