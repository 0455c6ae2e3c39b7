// @ts-check
const { parentPort, workerData } = require('node:worker_threads');
const { BooksConnection } = require('./books-connection.cjs');

/**
 * The thread in which a connection to the books' file does its work: see `BooksThread`.
 *
 * @typedef {{ sql: string, bindings: unknown[] }} Request `undefined` closes the file
 * @typedef {import('./books-connection.cjs').Answer | { code: string | undefined, message: string } | undefined} Answer
 *   in the order of the requests, after one of `undefined`, or the error, once the file is open
 */

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
/** @type {BooksConnection} */
let books;

answer(() => {
  const { file } = /** @type {{ file: string }} */ (workerData);
  books = new BooksConnection(file);
  port.on('message', serve);
});

/** @param {Request | undefined} request */
function serve(request) {
  if (request !== undefined) answer(() => books.run(request.sql, request.bindings));
  else {
    books.close();
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
