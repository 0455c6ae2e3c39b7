import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { Conflict } from '../errors';
import { CLEARED, KEPT } from '../../migrations/own-tables';
import { bulkInsert, type Cell, type Columns } from './database/bulk';
import { freezeForReading, giveNumbersAfter, numbersGiven, primaryKey } from './database/dialect';
import { beginCopy, endCopy, unfinishedCopy } from './database/migrate';
import { say } from '../text';

/** One table on both sides; `same` is by every cell of every row. */
export interface CopiedTable {
  table: string;
  from: number;
  to: number;
  same: boolean;
}

/** In this order each row comes after those it refers to. */
const TABLES = [...KEPT, ...CLEARED];
const [MANY_ROWS, FEW_ROWS] = [5_000, 50];
/** A new database has this row already. */
const BEGUN_WITH = 'usage_marks';

type Row = Record<string, unknown>;

/**
 * Copies books into a new database of either kind, and compares them. The source is only read, as it is at
 * one moment. A copy that was cut short continues where it was.
 * @param to from `openForCopy`
 * @param source what to call the source; another one's unfinished copy is not continued
 * @throws Conflict when the target has books of its own
 */
export function copyBooks(
  from: Knex,
  to: Knex,
  source: string,
  tell: (doing: string) => void = () => undefined,
): Promise<CopiedTable[]> {
  return from.transaction(async (snapshot) => {
    await freezeForReading(snapshot);
    await prepare(to, source);
    for (const table of TABLES) {
      tell(`copying ${table}`);
      await copyTable(snapshot, to, table);
    }
    for (const [table, last] of await numbersGiven(snapshot)) {
      if (TABLES.includes(table)) await giveNumbersAfter(to, table, last);
    }
    const compared: CopiedTable[] = [];
    for (const table of TABLES) {
      tell(`comparing ${table}`);
      const [one, other] = [await digest(snapshot, table), await digest(to, table)];
      compared.push({ table, from: one.rows, to: other.rows, same: one.hash === other.hash });
    }
    if (compared.every(({ same }) => same)) await endCopy(to);
    return compared;
  });
}

async function prepare(to: Knex, source: string): Promise<void> {
  const begun = await unfinishedCopy(to);
  if (begun === source) return;
  if (begun !== undefined) {
    throw new Conflict(say`There is an unfinished copy of ${begun}: empty that database first`);
  }
  for (const table of TABLES) {
    if (table !== BEGUN_WITH && (await to(table).first()) !== undefined) {
      throw new Conflict('There are books in that database already; copy into an empty one');
    }
  }
  await to.transaction(async (trx) => {
    await beginCopy(trx, source);
    await trx(BEGUN_WITH).delete();
  });
}

async function copyTable(from: Knex, to: Knex, table: string): Promise<void> {
  const key = await primaryKey(from, table);
  const columns = await columnsOf(to, table);
  const insert = columns
    ? (rows: Row[]) =>
        bulkInsert(
          to,
          table,
          columns,
          rows.map((row) => cellsOf(row, columns)),
        )
    : async (rows: Row[]) => void (await to(table).insert(rows.map(storable)));
  const newestFirst = key.map((column) => ({ column, order: 'desc' }));
  let last = (await to(table).select(key).orderBy(newestFirst).first()) as Row | undefined;
  for (;;) {
    const rows = await rowsAfter(from, table, key, last, columns ? MANY_ROWS : FEW_ROWS);
    if (rows.length === 0) return;
    await insert(rows);
    last = rows.at(-1);
  }
}

/** Some rows in the order of their key. */
async function rowsAfter(
  db: Knex,
  table: string,
  key: readonly string[],
  last: Row | undefined,
  most: number,
): Promise<Row[]> {
  const query = db<Row>(table)
    .orderBy([...key])
    .limit(most);
  if (last) {
    const marks = key.map(() => '?').join(', ');
    const values = key.map((column) => last[column]) as Cell[];
    void query.whereRaw(`(${key.join(', ')}) > (${marks})`, values as Knex.Value[]);
  }
  return await query;
}

/** @returns `undefined` where a column holds neither numbers nor texts */
async function columnsOf(db: Knex, table: string): Promise<Columns | undefined> {
  const columns: Columns = {};
  for (const [name, { type }] of Object.entries(await db(table).columnInfo())) {
    if (/^(integer|bigint)/i.test(type)) columns[name] = 'bigint';
    else if (/^text/i.test(type)) columns[name] = 'text';
    else return undefined;
  }
  return columns;
}

function cellsOf(row: Row, columns: Columns): Cell[] {
  const plain = storable(row);
  return Object.keys(columns).map((name) => plain[name] as Cell);
}

/** Times and JSON as texts, which both databases take. */
function storable(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell)]));
}

function plain(cell: unknown): unknown {
  if (typeof cell === 'string') return cell.replaceAll('\0', '\uFFFD'); // see PostgresBooksClient
  if (cell instanceof Date) return cell.toISOString();
  if (cell === null || typeof cell !== 'object' || Buffer.isBuffer(cell)) return cell;
  return JSON.stringify(cell);
}

async function digest(db: Knex, table: string): Promise<{ rows: number; hash: string }> {
  const key = await primaryKey(db, table);
  const hash = createHash('sha256');
  let count = 0;
  for (let last: Row | undefined; ;) {
    const rows = await rowsAfter(db, table, key, last, MANY_ROWS);
    for (const row of rows) {
      const names = Object.keys(row).sort();
      hash.update(JSON.stringify(names.map((name) => [name, plain(row[name])])));
    }
    count += rows.length;
    last = rows.at(-1);
    if (!last) return { rows: count, hash: hash.digest('hex') };
  }
}
