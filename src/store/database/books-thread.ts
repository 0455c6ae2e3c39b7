import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer } from './books-connection.cjs';
import { driverError } from './driver-error';

interface Failure {
  code: string | undefined;
  message: string;
}

interface Waiting {
  resolve: (answer: Answer | undefined) => void;
  reject: (error: Error) => void;
}

const WORKER = join(__dirname, 'books-worker.cjs');

/**
 * A connection to an SQLite file in a thread of its own. SQLite waits for the disk at every commit and
 * checkpoint, for other programs that write, and reads for as long as a report or a backup takes: none of that
 * may keep the loop, or a customer's page, from its turn.
 */
export class BooksThread {
  private readonly waiting: Waiting[] = [];
  private gone: Error | undefined;

  private constructor(private readonly worker: Worker) {
    worker.on('message', (answer: Answer | Failure | undefined) => this.answered(answer));
    worker.on('error', (error: Error) => this.fail(error));
    worker.on('exit', () => this.fail(new Error('The thread of the books has ended')));
  }

  /**
   * @param file its path
   * @throws Error of the driver, when it cannot be opened
   */
  static async open(file: string): Promise<BooksThread> {
    // What this program was started with, such as a compiler, is nothing to the thread.
    const thread = new BooksThread(new Worker(WORKER, { workerData: { file }, execArgv: [] }));
    await thread.answer();
    return thread;
  }

  get isAlive(): boolean {
    return this.gone === undefined;
  }

  /**
   * Statements are run in the order they are given.
   * @param bindings numbers, texts, bytes, booleans (0 and 1), dates (milliseconds), and nothing (null)
   * @throws Error with SQLite's own `code`, such as SQLITE_FULL
   */
  async run(sql: string, bindings: readonly unknown[]): Promise<Answer> {
    if (this.gone) throw this.gone;
    this.worker.postMessage({ sql, bindings });
    return (await this.answer())!;
  }

  /** Once the statements under way are done. */
  async close(): Promise<void> {
    if (this.gone) return;
    const ended = new Promise((resolve) => this.worker.once('exit', resolve));
    this.worker.ref();
    this.worker.postMessage(undefined);
    await ended;
  }

  /** A program may end while its books are open, but not while it waits for them. */
  private answer(): Promise<Answer | undefined> {
    if (this.waiting.length === 0) this.worker.ref();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  private answered(answer: Answer | Failure | undefined): void {
    const first = this.waiting.shift()!;
    if (this.waiting.length === 0) this.worker.unref();
    if (answer && 'message' in answer) first.reject(driverError(answer));
    else first.resolve(answer);
  }

  private fail(error: Error): void {
    this.gone ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}
