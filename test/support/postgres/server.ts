import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openDatabase } from '../../../src/store/database/database';

/**
 * Before the first test on PostgreSQL: a server, or that of TEST_DATABASE_URL, with one database that has
 * all tables and nothing in them. Each test works on a copy of it.
 */

let server: ChildProcess | undefined;

const RUN = `pisonet_test_${randomBytes(4).toString('hex')}`;

export async function begin(): Promise<void> {
  const address = process.env.TEST_DATABASE_URL ?? (await startServer());
  const template = `${RUN}_empty`;
  await ask(address, `create database ${template}`);
  const empty = new URL(address);
  empty.pathname = `/${template}`;
  await (await openDatabase(empty.toString())).destroy();
  process.env.TEST_POSTGRES_SERVER = address;
  process.env.TEST_POSTGRES_TEMPLATE = template;
  process.env.TEST_POSTGRES_TABLES = await connected(empty.toString(), tablesOf);
}

export async function end(): Promise<void> {
  if (server) {
    server.stdin!.end();
    await once(server, 'exit');
    return;
  }
  const address = process.env.TEST_POSTGRES_SERVER;
  if (address === undefined) return;
  const ours = `select datname from pg_database where datname like '${RUN}%'`;
  for (const { datname } of await ask<{ datname: string }>(address, ours)) {
    await ask(address, `drop database ${datname} with (force)`);
  }
}

async function startServer(): Promise<string> {
  const script = resolve(__dirname, '../../../scripts/test-postgres.mjs');
  server = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [address] = (await Promise.race([
    once(server.stdout!, 'data'),
    once(server, 'exit').then(() => Promise.reject(new Error('PostgreSQL did not start'))),
  ])) as [Buffer];
  return address.toString().trim();
}

/** All tables, indexes and triggers, by name. */
export async function tablesOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = current_schema()::regnamespace
     union all select tgname || tgrelid::regclass from pg_trigger order by name`,
  );
  return rows.map(({ name }) => name).join(' ');
}

/** One statement on a connection of its own. */
export function ask<T extends pg.QueryResultRow>(address: string, sql: string): Promise<T[]> {
  return connected(address, async (client) => (await client.query<T>(sql)).rows);
}

export async function connected<T>(
  address: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
