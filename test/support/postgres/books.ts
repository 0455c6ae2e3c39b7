import { randomBytes } from 'node:crypto';
import { ask, connected, tablesOf } from './server';

/** Whether this run of a test file is the one on PostgreSQL: see jest.config.js. */
export const onPostgres = process.env.TEST_BOOKS === 'postgres';

/** In slots of five minutes: see `migrations/tables/usage-tables.ts`. */
const FIRST_SLOT = Date.parse('2026-01-01') / 1000 / 300;

/** Nothing in any table but what a new database has, and numbers from one again. */
const RESET = `
  do $$
  declare one record;
  begin
    set constraints all deferred;
    alter table money_journal disable trigger keep_money_journal;
    for one in select tablename from pg_tables
      where schemaname = current_schema() and tablename not like 'knex%'
        and tablename <> 'books_revision'
    loop execute format('delete from %I', one.tablename); end loop;
    alter table money_journal enable trigger keep_money_journal;
    for one in select schemaname, sequencename from pg_sequences
      where last_value is not null and sequencename not like 'knex%'
    loop perform setval(format('%I.%I', one.schemaname, one.sequencename), 1, false); end loop;
  end $$;
  insert into usage_marks (id, hours_to, days_to, slots_from, hours_from)
    values (1, ${FIRST_SLOT}, 0, ${FIRST_SLOT}, 0);
  delete from knex_migrations where name like 'unfinished%'`;

/** Addresses of databases of this worker that no test uses now. */
let free: Promise<string[]> | undefined;

/** A database with all tables and nothing in them. @returns its address, for DATABASE_URL */
export async function takeBooks(): Promise<string> {
  free ??= ofThisWorker();
  const used = (await free).pop();
  if (used === undefined) return makeBooks();
  const isWhole = await connected(used, async (client) => {
    await client.query(ALONE);
    if ((await tablesOf(client)) !== process.env.TEST_POSTGRES_TABLES) return false;
    await client.query(RESET);
    return true;
  });
  if (isWhole) return used;
  await ask(server(), `drop database ${new URL(used).pathname.slice(1)}`); // a test broke it on purpose
  return takeBooks();
}

/** Another test may have it, of this file or a later one. */
export async function giveBack(address: string): Promise<void> {
  (await free)!.push(address);
}

/** A test that failed may have left connections behind. */
const ALONE = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;

async function ofThisWorker(): Promise<string[]> {
  const names = await ask<{ datname: string }>(
    server(),
    `select datname from pg_database where datname like '${prefix()}%'`,
  );
  return names.map(({ datname }) => addressOf(datname));
}

async function makeBooks(): Promise<string> {
  const name = `${prefix()}${randomBytes(4).toString('hex')}`;
  await ask(server(), `create database ${name} template ${process.env.TEST_POSTGRES_TEMPLATE}`);
  return addressOf(name);
}

function prefix(): string {
  const run = process.env.TEST_POSTGRES_TEMPLATE!.replace(/empty$/, '');
  return `${run}worker${process.env.JEST_WORKER_ID}_`;
}

function addressOf(name: string): string {
  const address = new URL(server());
  address.pathname = `/${name}`;
  return address.toString();
}

function server(): string {
  return process.env.TEST_POSTGRES_SERVER!;
}
