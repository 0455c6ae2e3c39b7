import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compose } from '../src/compose';
import { loadConfig } from '../src/config';
import type { CopiedTable } from '../src/store/copy-books';
import { median } from './children';
import { startPostgres } from './postgres';
import { bigShopPages, openBigShop } from './shops/big-shop';
import { timePages, type PageTimes } from './shops/time-pages';

/**
 * A big shop that moves to PostgreSQL and back: `node dist/bench/copy.js --vouchers 100000 --usage 1000000` makes a
 * year's books, copies them with the command that owners use, and prints how long it took each way, whether
 * every cell is the same, and how long the pages of the admin take on either database.
 */

const COMMAND = resolve(__dirname, '../cli/main.js');
/** Of a customer at a router, which books alone do not have. */
const IS_PORTAL = /^\/(portal|captive-portal)/;

interface Copied {
  agree: boolean;
  tables: CopiedTable[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      vouchers: { type: 'string', default: '100000' },
      usage: { type: 'string', default: '1000000' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-bench-'));
  const server = await startPostgres();
  try {
    const [file, back] = [join(folder, 'shop.db'), join(folder, 'back.db')];
    const shop = await openBigShop(file, Number(values.vouchers), Number(values.usage));
    await shop.close();
    console.error('copying there …');
    const there = await timed(() => copy(`sqlite:${file}`, server.url, folder));
    console.error('copying back …');
    const home = await timed(() => copy(server.url, `sqlite:${back}`, folder));
    const paths = bigShopPages(shop.code).filter((path) => !IS_PORTAL.test(path));
    console.error('pages on SQLite …');
    const onSqlite = await pagesOn(`sqlite:${back}`, paths);
    console.error('pages on PostgreSQL …');
    const onPostgres = await pagesOn(server.url, paths);
    const { tables } = there.answer;
    const figures = {
      bench: 'copy',
      rows: tables.reduce((sum, { from }) => sum + from, 0),
      thereSeconds: there.seconds,
      backSeconds: home.seconds,
      same: there.answer.agree && home.answer.agree && haveSameRows(tables, home.answer.tables),
      pages: paths.length,
      sqliteMedianMs: median(onSqlite.map(({ middle }) => middle)),
      postgresMedianMs: median(onPostgres.map(({ middle }) => middle)),
    };
    console.log(JSON.stringify(figures));
    for (const [n, { page, middle }] of onSqlite.entries()) {
      console.log(JSON.stringify({ page, sqliteMs: middle, postgresMs: onPostgres[n]!.middle }));
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function copy(from: string, to: string, folder: string): Promise<Copied> {
  const child = spawn(process.execPath, [COMMAND, 'database', 'copy', '--to', to, '--json'], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATABASE_URL: from, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`the copy ended with ${code}: ${said}`);
  return JSON.parse(said) as Copied;
}

async function pagesOn(database: string, paths: readonly string[]): Promise<PageTimes[]> {
  const env = { DATABASE_URL: database, LOG_LEVEL: 'error', PORT: '0' };
  const app = await compose(loadConfig({ ...env, USAGE_KEEP_HOURLY_DAYS: '400' }));
  try {
    return await timePages(app, paths);
  } finally {
    await app.close();
  }
}

function haveSameRows(there: readonly CopiedTable[], back: readonly CopiedTable[]): boolean {
  return there.every(({ table, from }) => back.find((one) => one.table === table)?.to === from);
}

async function timed<T>(work: () => Promise<T>): Promise<{ answer: T; seconds: number }> {
  const began = performance.now();
  const answer = await work();
  return { answer, seconds: Math.round((performance.now() - began) / 1000) };
}

if (require.main === module) void main();
