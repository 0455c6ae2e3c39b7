// @ts-check
const { parentPort, workerData } = require('node:worker_threads');
const Database = require('better-sqlite3');

/**
 * The thread in which one connection to the books' file does its work: see `BooksThread`. Plain JavaScript,
 * since a thread loads its file by itself: there is nothing that would compile it in development and under test.
 *
 * @typedef {{ sql: string, bindings: unknown[] }} Request `undefined` closes the file
 * @typedef {{ columns: string[], rows: unknown[][] } | { changes: number, lastID: number }
 *   | { code: string | undefined, message: string } | undefined} Answer in the order of the requests, after
 *   one of `undefined`, or the error, once the file is open
 */

/** What changes no table may be kept prepared; preparing a statement takes longer than most of them run. */
const KEPT = /^\s*(select|insert|update|delete|with|begin|commit|rollback|savepoint|release)\b/i;
const MOST_KEPT = 250;

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
/** @type {Map<string, import('better-sqlite3').Statement>} */
const prepared = new Map();
/** @type {Database} */
let db;

answer(() => {
  const { file } = workerData;
  db = new Database(typeof file === 'string' ? file : Buffer.from(file));
  port.on('message', serve);
});

/** @param {Request | undefined} request */
function serve(request) {
  if (request !== undefined) answer(() => run(request));
  else {
    db.close();
    port.close();
  }
}

/** @param {() => unknown} work */
function answer(work) {
  try {
    port.postMessage(work());
  } catch (error) {
    // A thread passes on no more of an error than its text.
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    port.postMessage({ code, message });
  }
}

/** @param {Request} request */
function run(request) {
  const { sql } = request;
  const bindings = request.bindings.map(toSqlite);
  const statement = prepare(sql);
  if (!statement.reader) {
    const { changes, lastInsertRowid } = statement.run(bindings);
    return { changes, lastID: lastInsertRowid };
  }
  // Rows as lists: their names once, not with each of them.
  const rows = statement.raw(true).all(bindings);
  return { columns: statement.columns().map(({ name }) => name), rows };
}

/** @param {string} sql */
function prepare(sql) {
  const known = prepared.get(sql);
  if (known) return known;
  const statement = db.prepare(sql);
  const isKept = KEPT.test(sql);
  if (!isKept || prepared.size >= MOST_KEPT) prepared.clear();
  if (isKept) prepared.set(sql, statement);
  return statement;
}

/**
 * The driver takes every number for a fraction, only a bigint for a whole one.
 * @param {unknown} value
 */
function toSqlite(value) {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return BigInt(value);
  if (value instanceof Date) return BigInt(value.getTime());
  return Number.isSafeInteger(value) ? BigInt(/** @type {number} */ (value)) : value;
}
