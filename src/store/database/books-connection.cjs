// @ts-check

/**
 * One connection to the books: what a thread of theirs runs, and what books in memory run here. Plain JavaScript,
 * since a thread loads its file by itself: there is nothing that would compile it in development and under test.
 *
 * @typedef {{ columns: string[], rows: unknown[][] } | { changes: number, lastID: number | bigint }} Answer
 */

/** What changes no table may be kept prepared; preparing a statement takes longer than most of them run. */
const KEPT = /^\s*(select|insert|update|delete|with|begin|commit|rollback|savepoint|release)\b/i;
const MOST_KEPT = 250;

class BooksConnection {
  /**
   * @param {string | Uint8Array} file its path, or its bytes: they are then in memory
   * @throws {Error} of the driver, when it cannot be opened
   */
  constructor(file) {
    // Most programs open no books in their own thread, and the driver takes a while to load.
    const Database = require('better-sqlite3');
    /** @private */
    this.db = new Database(typeof file === 'string' ? file : Buffer.from(file));
    /** @private @type {Map<string, import('better-sqlite3').Statement>} */
    this.prepared = new Map();
  }

  /**
   * @param {string} sql
   * @param {readonly unknown[]} bindings
   * @returns {Answer}
   * @throws {Error} of the driver
   */
  run(sql, bindings) {
    const statement = this.prepare(sql);
    const values = bindings.map(toSqlite);
    if (!statement.reader) {
      const { changes, lastInsertRowid } = statement.run(values);
      return { changes, lastID: lastInsertRowid };
    }
    // Rows as lists: their names once, not with each of them.
    const rows = statement.raw(true).all(values);
    return { columns: statement.columns().map(({ name }) => name), rows };
  }

  close() {
    this.db.close();
  }

  /**
   * @private
   * @param {string} sql
   */
  prepare(sql) {
    const known = this.prepared.get(sql);
    if (known) return known;
    const statement = this.db.prepare(sql);
    const isKept = KEPT.test(sql);
    if (!isKept || this.prepared.size >= MOST_KEPT) this.prepared.clear();
    if (isKept) this.prepared.set(sql, statement);
    return statement;
  }
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

module.exports = { BooksConnection };
